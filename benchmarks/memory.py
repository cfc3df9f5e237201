"""Benchmark of the memory of a training step under every backend."""

from benchmarks.model import (
    NETWORKS,
    REFERENCE,
    ask,
    check_has_reference,
    worker,
)
from keras_drsi.evaluation.backend_comparison import installed_backends

# Makes glibc return freed blocks above 1 MiB to the system. Otherwise, memory
# cached by the allocator would count as used. It slows down all backends alike.
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**20),
}


def measure_memory(preset, input_size, batch_size, backends=None):
    """Measures the peak memory and time of a training step.

    Each network runs in a separate process.

    Args:
        preset: string, name of a preset with DRSI blocks and CBAM-PAN.
        input_size: integer, side of the images in pixels.
        batch_size: integer, number of images in a batch.
        backends: list of strings. Defaults to the installed backends.

    Returns:
        Dict with the keys `"reference"`, each backend, and each backend with
        `"remat"`. The values are dicts of `mib`, the peak memory in addition
        to that of a process that has only imported its backend, and
        `seconds`, the time of a step.
    """
    check_has_reference(preset)
    task = "peak", input_size, batch_size
    backends = backends or installed_backends()
    networks = {REFERENCE: NETWORKS[REFERENCE]}
    for backend in backends:
        networks[backend] = backend, "keras"
        networks[f"{backend} remat"] = backend, "remat"
    measured = {}
    for name, (backend, kind) in networks.items():
        with worker(backend, kind, preset, ENVIRONMENT) as process:
            measured[name] = ask(process, task)
    return measured


def memory_table(measured):
    """Formats the result of `measure_memory` as a table."""
    reference = measured[REFERENCE]["mib"]
    lines = [f"{'':<20}{'MiB':>7}{'ratio':>8}{'s/step':>9}"]
    lines += [
        f"{name:<20}{row['mib']:>7.0f}{row['mib'] / reference:>8.2f}"
        f"{row['seconds']:>9.2f}"
        for name, row in measured.items()
    ]
    return "\n".join(lines)
