"""A run that is killed at random moments ends like one that never was.

python -m pytest -s tests/training/runs/test_kill.py --kills 20

`KERAS_BACKEND` chooses the backend of the runs; -s shows where each kill hit.
"""

import glob
import json
import os
import pathlib
import random
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

SETTINGS = {
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "input_size": 64,
    "batch_size": 2,
    "seed": 3,
    "average_decay": 0.9,
    "average_ramp": 5.0,
    "evaluate_every": 3,
}
LONGEST_WAIT = 600  # seconds, for a process that hangs


class Run:
    """A training in a process of its own."""

    def __init__(self, arguments, out):
        self.out = out
        self.state = out / "state"
        self.done_before = self.epochs()
        self.log = out.with_name(f"{out.name}.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "training.train", *map(str, arguments)],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            cwd=pathlib.Path(__file__).parents[3],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def epochs(self):
        """Number of epochs whose state is complete."""
        names = [path.name for path in self.state.glob("epoch-*")]
        return max((int(name[-4:]) for name in names), default=0)

    def unfinished(self):
        """What is being written, or was when the process was killed."""
        return {
            *self.out.glob("unfinished-*"),
            *self.state.glob("unfinished-*"),
        }

    def writes(self, name):
        """Whether a file of this name is part of an unfinished state."""
        return glob.glob(f"{self.state}/unfinished-*/epoch-*/{name}")

    def has_begun(self):
        return f"Epoch {self.done_before + 1}/" in self.text()

    def text(self):
        return pathlib.Path(self.log.name).read_text()

    def wait_until(self, condition):
        """Whether it came true before the process ended."""
        deadline = time.monotonic() + LONGEST_WAIT
        while not condition():
            assert time.monotonic() < deadline, self.text()
            if self.process.poll() is not None:
                return False
            time.sleep(0.001)
        return True

    def kill(self):
        """Kills it as the system would; what it was writing is left."""
        self.process.kill()
        self.process.wait()
        return self.unfinished()

    def finish(self):
        assert self.process.wait(LONGEST_WAIT) == 0, self.text()


def numbers(folder):
    """Weights, optimizer and average in a state, by file and name."""
    found = {}
    for path in sorted(folder.glob("*.h5")):
        with h5py.File(path) as file:

            def collect(name, item, path=path):
                if isinstance(item, h5py.Dataset):
                    found[path.name, name] = item[()]

            file.visititems(collect)
    return found


def sizes(folder):
    """{file: bytes} of what is in a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name: path.stat().st_size for path in files}


def kill_somewhere(run, rng, seconds, while_writing):
    """Kills a run within its next two epochs, or while it writes.

    Args:
        run: `Run` that has just begun.
        rng: `random.Random`.
        seconds: duration of an epoch.
        while_writing: whether to wait until it writes weights.

    Returns:
        What it was writing, and whether it was alive.
    """
    assert not run.unfinished()  # what the process before it left
    goal = run.done_before + rng.randint(0, 1)
    alive = run.wait_until(lambda: run.epochs() >= goal)
    if while_writing:
        name = rng.choice(("training.weights.h5", "average.weights.h5"))
        alive = alive and run.wait_until(lambda: run.writes(name))
    else:
        time.sleep(rng.uniform(0, seconds))
    alive = alive and run.process.poll() is None
    return run.kill(), alive


@pytest.fixture
def kills(request):
    return request.config.getoption("--kills")


@pytest.mark.slow
def test_ends_like_a_run_that_was_not_killed(
    kills, tiny_network, train_and_val, tmp_path
):
    epochs = 2 * kills + 1
    recipe = tmp_path / "recipe.json"
    recipe.write_text(
        json.dumps({**SETTINGS, "network": tiny_network, "epochs": epochs})
    )
    arguments = ["--data", train_and_val, "--recipe", recipe, "--out"]

    whole = Run([*arguments, tmp_path / "whole"], tmp_path / "whole")
    whole.wait_until(lambda: whole.epochs() >= 1)
    first_epoch_ended = time.monotonic()
    whole.finish()
    seconds = (time.monotonic() - first_epoch_ended) / (epochs - 1)

    rng = random.Random(0)
    out = tmp_path / "killed"
    run = Run([*arguments, out], out)
    writes = 0
    for number in range(kills):
        assert run.wait_until(run.has_begun), run.text()
        begun = time.monotonic()
        written, alive = kill_somewhere(run, rng, seconds, number % 2 == 0)
        assert alive, run.text()
        writes += bool(written)
        print(
            f"kill {number + 1}: went on after epoch {run.done_before}, "
            f"killed {time.monotonic() - begun:.2f} s later with "
            f"{run.epochs()} complete",
            *(f"while writing {sizes(path)}" for path in written),
        )
        run = Run(["--resume", out], out)
    run.finish()
    assert not run.unfinished()

    expected = numbers(whole.state / f"epoch-{epochs:04d}")
    actual = numbers(out / "state" / f"epoch-{epochs:04d}")
    assert actual.keys() == expected.keys() and len(actual) > 500
    difference = max(
        np.abs(actual[name].astype("float64") - expected[name]).max()
        for name in expected
    )
    print(
        f"{os.environ.get('KERAS_BACKEND')}: {kills} kills, {writes} while "
        f"writing, {epochs} epochs, largest difference of "
        f"{len(expected)} arrays: {difference}"
    )
    assert writes >= 1
    assert difference <= 1e-6
    for name in ("last.keras", "best.keras", "settings.json", "network.json"):
        assert (out / name).exists()
    assert (out / "log.csv").read_text().count("\n") == epochs + 1
