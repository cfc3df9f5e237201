"""Benchmark of a network under every backend, against plain PyTorch."""

import contextlib
import importlib.util
import json
import operator
import os
import statistics
import subprocess
import sys

from benchmarks.timed_networks import BATCHES
from keras_drsi.errors import InputError
from keras_drsi.evaluation.backend_comparison import installed_backends
from keras_drsi.models.presets import find_preset

REFERENCE = "reference"
DEPLOYED = "deployed"
# Backend and kind of the networks that are not named after a backend.
NETWORKS = {
    REFERENCE: ("torch", "reference"),
    DEPLOYED: ("tensorflow", "deployed"),
}
BUILD = ("build",)
# Several processes share a GPU.
ENVIRONMENT = {
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
}


def timed_tasks(step_size=320, step_batch=4):
    """The tasks to time.

    Args:
        step_size: integer, input size of the training step. Defaults to 320.
        step_batch: integer, batch size of the training step. Defaults to 4.

    Returns:
        Dict of task names to tuples of a method of
        `benchmarks.timed_networks.KerasNetwork` and its arguments.
    """
    return {
        "building, 640": BUILD,
        "forward, 1 at 640": ("forward", 640, 1),
        "forward, 4 at 320": ("forward", 320, 4),
        "fused, 1 at 640": ("fused", 640, 1),
        "decoding, 60 persons": ("decode", 640, 1),
        f"training step, {step_batch} at {step_size}": (
            "step",
            step_size,
            step_batch,
        ),
        "loss, 4 at 640": ("loss", 640, 4),
    }


def time_model(preset, rounds, tasks, backends=None, precision="float32"):
    """Times each task under every backend and the reference, in turns.

    Args:
        preset: string, name of a preset with DRSI blocks and CBAM-PAN.
        rounds: integer, number of measurements of each task after the warm-up.
        tasks: dict, see `timed_tasks`.
        backends: list of strings. Defaults to the installed backends.
        precision: string, `"float32"` or `"mixed_bfloat16"`. In mixed
            precision the reference uses `torch.autocast`, and `deployed` is
            left out. Defaults to `"float32"`.

    Returns:
        Dict of task names to dicts with the keys `reference`, each backend and
        `deployed` (ONNX Runtime). The values are None if the network does not
        support the task, or a dict of `median`, the seconds per batch,
        `ratio`, the median ratio to the reference of the same round, and
        `compiling`, the additional seconds of the first call. The reference
        uses the decoding and the loss of this library, under PyTorch.
    """
    check_has_reference(preset)
    workers, built = {}, {}
    with contextlib.ExitStack() as stack:
        for name in (
            REFERENCE,
            *(backends or installed_backends()),
            *([DEPLOYED] if precision == "float32" else []),
        ):
            workers[name] = stack.enter_context(
                worker(
                    *NETWORKS.get(name, (name, "keras")),
                    preset,
                    ENVIRONMENT,
                    precision,
                )
            )
            if BUILD in tasks.values():
                # Only once, in the fresh process: later, code is warm.
                built[name] = ask(workers[name], BUILD)
        return {
            name: _built(built)
            if task == BUILD
            else _time_in_turns(workers, task, rounds)
            for name, task in tasks.items()
        }


def check_has_reference(preset):
    """Raises `InputError` unless the preset has a reference that can run."""
    config = find_preset(preset).config
    parts = config["block_type"], config["neck_type"]
    if parts != ("drsi", "cbam_pan"):
        raise InputError(
            f"benchmark: expected a preset of DRSI blocks with CBAM-PAN, "
            f"which the reference is, got {preset}: {', '.join(parts)}."
        )
    if importlib.util.find_spec("torch") is None:
        raise InputError("benchmark: expected torch, found none.")


def _time_in_turns(workers, task, rounds):
    rows = {name: [] for name in workers}
    for _ in range(1 + rounds):
        for name, process in workers.items():
            rows[name].append(ask(process, task))
    return {
        name: None if None in seconds else _batches(seconds, rows[REFERENCE])
        for name, seconds in rows.items()
    }


def _batches(seconds, reference):
    (first, *later), (_, *by_reference) = seconds, reference
    median = statistics.median(later)
    return {
        "median": median / BATCHES,
        # Ratios within a round, because the speed of the machine varies.
        "ratio": statistics.median(map(operator.truediv, later, by_reference)),
        "compiling": max(first - median, 0.0),
    }


def _built(seconds):
    return {
        name: taken
        and {
            "median": taken,
            "ratio": taken / seconds[REFERENCE],
            "compiling": 0.0,
        }
        for name, taken in seconds.items()
    }


@contextlib.contextmanager
def worker(backend, kind, preset, environment, precision="float32"):
    """Context manager of a `benchmarks.timing_worker` process.

    Args:
        backend: string, its Keras backend.
        kind: string, one of `benchmarks.timed_networks.KINDS`.
        preset: string, name of the preset.
        environment: dict of additional environment variables.
        precision: string, dtype policy. Defaults to `"float32"`.

    Yields:
        `subprocess.Popen`, see `ask`.
    """
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.timing_worker"),
            *("--preset", preset, "--kind", kind, "--precision", precision),
        ],
        env={**os.environ, "KERAS_BACKEND": backend, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        # Waits for its imports, which would disturb other measurements.
        _answer(process, "start")
        yield process
    finally:
        process.kill()
        process.wait()


def ask(process, task):
    """Sends a task with its arguments to a `worker`, and returns the answer."""
    with contextlib.suppress(BrokenPipeError):  # its stderr tells why
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()
    return _answer(process, task[0])


def _answer(process, task):
    answer = process.stdout.readline()
    if not answer:
        raise InputError(
            f"benchmark: {task}: expected an answer, the process ended."
        )
    return json.loads(answer)


def timing_table(timings):
    """Formats the result of `time_model` as a table.

    Shows the seconds per batch and the ratio to the reference, and the seconds
    of compilation where there are any.
    """
    names = list(next(iter(timings.values())))
    lines = [_line("seconds (ratio)", names)]
    for task, row in timings.items():
        lines.append(
            _line(
                task,
                [
                    f"{cell['median']:.4f} ({cell['ratio']:.2f})"
                    if cell
                    else "-"
                    for cell in row.values()
                ],
            )
        )
        compiling = [cell["compiling"] if cell else 0 for cell in row.values()]
        if any(seconds >= 1 for seconds in compiling):
            lines.append(
                _line(
                    "  compiling", [f"{seconds:.1f}" for seconds in compiling]
                )
            )
    return "\n".join(lines)


def _line(title, cells):
    return f"{title:<25}" + "".join(f"{cell:>17}" for cell in cells)
