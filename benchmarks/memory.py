"""Measures the memory of a training step under every backend."""

from benchmarks.model import (
    NETWORKS,
    REFERENCE,
    ask,
    check_has_reference,
    worker,
)
from keras_drsi.evaluation.backend_comparison import installed_backends

# Larger pieces go back to the system at once. What an allocator keeps for
# later would be counted otherwise; it costs time, on each backend alike.
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**20),
}


def measure_memory(preset, input_size, batch_size, backends=None):
    """Peak memory and time of a training step, each in a process of its own.

    Args:
        preset: name of a network of DRSI blocks with CBAM-PAN.
        input_size: side of the images.
        batch_size: images in a batch.
        backends: names; by default those that are installed.

    Returns:
        dict of `reference`, backends and backends with `remat`, each a dict
        of `mib`, the most memory beyond that of a process which has only
        imported its backend, and `seconds` of a step.
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
    """What `measure_memory` found, as a table of text."""
    reference = measured[REFERENCE]["mib"]
    lines = [f"{'':<20}{'MiB':>7}{'ratio':>8}{'s/step':>9}"]
    lines += [
        f"{name:<20}{row['mib']:>7.0f}{row['mib'] / reference:>8.2f}"
        f"{row['seconds']:>9.2f}"
        for name, row in measured.items()
    ]
    return "\n".join(lines)
