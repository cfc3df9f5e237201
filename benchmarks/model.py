"""Times a network under every backend beside hand-written PyTorch."""

import contextlib
import importlib.util
import json
import operator
import os
import statistics
import subprocess
import sys

from benchmarks.timing_worker import BATCHES
from keras_drsi.errors import InputError
from keras_drsi.evaluation.backend_comparison import installed_backends
from keras_drsi.models.presets import find_preset

REFERENCE = "reference"
DEPLOYED = "deployed"
# Backend and kind of what is no network of the library under a backend.
NETWORKS = {
    REFERENCE: ("torch", "reference"),
    DEPLOYED: ("tensorflow", "deployed"),
}
BUILD = ("build",)
# Networks of several processes share a GPU.
ENVIRONMENT = {
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
}


def timed_tasks(step_size=320, step_batch=4):
    """What is timed.

    Args:
        step_size: side of the images of a training step.
        step_batch: number of them.

    Returns:
        dict of names, each a task of `benchmarks.timing_worker` and its
        arguments.
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
    """Times each task by every backend and the reference, in turns.

    Args:
        preset: name of a network of DRSI blocks with CBAM-PAN.
        rounds: number of times that each task is timed after the first.
        tasks: dict as `timed_tasks` gives.
        backends: names; by default those that are installed.
        precision: `"float32"` or `"mixed_bfloat16"`, of all networks; the
            reference's is `torch.autocast`, and there is no `deployed`.

    Returns:
        dict of task names, each a dict of `reference`, backends and
        `deployed` (ONNX Runtime), each None, where there is no such task, or
        a dict of `median`, the seconds of a batch, `ratio`, the median of the
        rounds' ratios to the reference, and `compiling`, the seconds more
        that the first ones took. The reference's decoding and loss are those
        of the library under PyTorch.
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
                # At once, and once: later its code is warm, or swapped out.
                built[name] = ask(workers[name], BUILD)
        return {
            name: _built(built)
            if task == BUILD
            else _time_in_turns(workers, task, rounds)
            for name, task in tasks.items()
        }


def check_has_reference(preset):
    """Raises unless the reference is there, and the same network."""
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
        # Round by round, because the machine is not always as fast.
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
    """A process of `benchmarks.timing_worker`, ended with the context.

    Args:
        backend: its backend.
        kind: its kind of network.
        preset: name of the network.
        environment: dict of further variables of its environment.
        precision: its dtype policy.
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
        _answer(process, "start")  # its imports disturb no other's task
        yield process
    finally:
        process.kill()
        process.wait()


def ask(process, task):
    """The answer of a `worker` to a task and its arguments."""
    with contextlib.suppress(BrokenPipeError):  # it has said why
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()
    return _answer(process, task[0])


def _answer(process, task):
    answer = process.stdout.readline()
    if not answer:
        raise InputError(f"benchmark: {task}: the process ended.")
    return json.loads(answer)


def timing_table(timings):
    """The timings as a table of text.

    Seconds and their ratio to the reference's; where something was compiled,
    a line with the seconds of that.
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
