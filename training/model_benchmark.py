"""Times a network under every backend beside hand-written PyTorch."""

import contextlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys

from keras_drsi.errors import InputError
from keras_drsi.models.presets import find_preset
from training.compare_backends import installed_backends

REFERENCE = "reference"
BUILD = ("build",)
# What is timed: a name, a task of `training.timing_worker` and its arguments.
TASKS = {
    "building, 640": BUILD,
    "forward, 1 at 640": ("forward", 640, 1),
    "forward, 4 at 320": ("forward", 320, 4),
    "fused, 1 at 640": ("fused", 640, 1),
    "decoding, 60 persons": ("decode", 640, 1),
    "training step, 4 at 320": ("step", 320, 4),
}


def time_model(preset, rounds, tasks=TASKS, backends=None):
    """Times each task by every backend and the reference, in turns.

    Args:
        preset: name of a network of DRSI blocks with CBAM-PAN.
        rounds: number of times that each task is timed after the first.
        tasks: dict as `TASKS`.
        backends: names; by default those that are installed.

    Returns:
        dict of task names, each a dict of `reference` and backends, each a
        dict of `first` and `median`, in seconds. The reference's decoding is
        that of the library under PyTorch.
    """
    config = find_preset(preset).config
    parts = config["block"], config["neck"]
    if parts != ("drsi", "cbam_pan"):
        raise InputError(
            f"benchmark model: expected a preset of DRSI blocks with CBAM-PAN, "
            f"which the reference is, got {preset}: {', '.join(parts)}."
        )
    if importlib.util.find_spec("torch") is None:
        raise InputError("benchmark model: expected torch, found none.")
    if importlib.util.find_spec("benchmarks") is None:
        raise InputError(
            "benchmark model: expected to be run in the repository, whose "
            "benchmarks/ holds the reference."
        )
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(_worker(name, preset))
            for name in (REFERENCE, *(backends or installed_backends()))
        }
        return {
            name: _time_in_turns(workers, task, rounds)
            for name, task in tasks.items()
        }


def _time_in_turns(workers, task, rounds):
    rows = {name: [] for name in workers}
    # A network is built once in a process: its code is warm afterwards.
    for _ in range(1 if task == BUILD else 1 + rounds):
        for name, worker in workers.items():
            rows[name].append(_ask(worker, task))
    return {
        name: {
            "first": seconds[0],
            "median": statistics.median(seconds[1:] or seconds),
        }
        for name, seconds in rows.items()
    }


@contextlib.contextmanager
def _worker(name, preset):
    is_reference = name == REFERENCE
    backend = "torch" if is_reference else name
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "training.timing_worker"),
            *("--preset", preset),
            *(["--reference"] if is_reference else []),
        ],
        env={**os.environ, "KERAS_BACKEND": backend},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _ask(process, task):
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise InputError(f"benchmark model: {task[0]}: the process ended.")
    return json.loads(answer)


def timing_table(timings):
    """The timings as a table of text: seconds, and ratios to the reference."""
    names = list(next(iter(timings.values())))
    lines = [f"{'seconds (ratio)':<26}" + "".join(f"{n:>18}" for n in names)]
    for task, row in timings.items():
        reference = row[REFERENCE]["median"]
        cells = [
            f"{row[n]['median']:.4f} ({row[n]['median'] / reference:.2f})"
            for n in names
        ]
        lines.append(f"{task:<26}" + "".join(f"{c:>18}" for c in cells))
    return "\n".join(lines)
