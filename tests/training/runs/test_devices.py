"""Two devices do what one does, on every backend."""

import csv
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from keras_drsi.errors import InputError
from training.runs.devices import OneDevice, TorchProcesses, find_devices

STEPS = pathlib.Path(__file__).parent / "device_steps.py"
SCALE = "7/loss_scale_optimizer/dynamic_scale"
COMPILE_FAST = (
    "--xla_backend_optimization_level=0 "
    "--xla_llvm_disable_expensive_passes=true"
)
TWO_JAX_CPUS = "--xla_force_host_platform_device_count=2"
TWO = ("--devices", 2, "--epochs", 1, "--input-size", 64, "--batch-size", 2)


def start(backend, arguments, **environment):
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join(sys.path),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process):
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output


def steps(backend, folder, devices):
    """Results of each process, after steps on so many devices."""
    ranks = range(devices if backend == "torch" else 1)
    flags = COMPILE_FAST if devices == 1 else f"{COMPILE_FAST} {TWO_JAX_CPUS}"
    jax = {"XLA_FLAGS": flags, "JAX_ENABLE_X64": "1"}
    for process in [
        start(backend, (STEPS, folder, devices, rank), **jax) for rank in ranks
    ]:
        end(process)
    files = [folder / f"{backend}-{devices}-{rank}.npz" for rank in ranks]
    return [dict(np.load(file)) for file in files]


@pytest.fixture(scope="module", params=["tensorflow", "jax", "torch"])
def one_and_two(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (one,) = steps(request.param, folder, 1)
    return one, steps(request.param, folder, 2)


def difference(actual, expected, prefix, word):
    """Relative difference of all variables of a kind together."""
    names = [n for n in expected if n.startswith(prefix) and word in n]
    assert names
    expected = np.concatenate([expected[name].ravel() for name in names])
    actual = np.concatenate([actual[name].ravel() for name in names])
    assert np.linalg.norm(expected) > 0
    return np.linalg.norm(actual - expected) / np.linalg.norm(expected)


def test_losses_are_those_of_one_device(one_and_two):
    one, two = one_and_two
    losses = one["losses"]
    finite = np.isfinite(losses)
    assert finite.tolist() == [True, True, False, True, True, True, True]
    assert losses[-1] < (1 - 2e-4) * losses[0]
    for process in two:
        np.testing.assert_array_equal(np.isfinite(process["losses"]), finite)
        np.testing.assert_allclose(
            process["losses"][finite], losses[finite], rtol=2e-6
        )


def test_gradients_are_those_of_one_device(one_and_two):
    """To the rounding of the loss, which is in float32."""
    one, two = one_and_two
    for process in two:
        assert difference(process, one, "1/", "gradient_accumulator") < 1e-4
        assert difference(process, one, "2/", "momentum") < 1e-4
        assert difference(process, one, "7/", "momentum") < 1e-3


@pytest.mark.parametrize(
    "word, tolerance",
    [("kernel", 1e-8), ("moving_mean", 1e-5), ("moving_variance", 1e-5)],
)
def test_weights_are_those_of_one_device(one_and_two, word, tolerance):
    one, two = one_and_two
    for process in two:
        assert difference(process, one, "7/", f"/{word}") < tolerance


def test_a_step_that_is_not_finite_is_left_out_everywhere(one_and_two):
    one, two = one_and_two
    for process in (one, *two):
        (scale,) = [v for name, v in process.items() if SCALE in name]
        assert scale == 0.5


def test_processes_stay_alike(one_and_two):
    _, two = one_and_two
    for process in two[1:]:
        for name, values in process.items():
            np.testing.assert_array_equal(values, two[0][name])


@pytest.fixture(scope="module")
def recipe(tiny_network, tmp_path_factory):
    file = tmp_path_factory.mktemp("recipe") / "tiny.json"
    file.write_text(json.dumps({"network": tiny_network, "optimizer": "sgd"}))
    return file


@pytest.fixture(scope="module", params=["tensorflow", "jax", "torch"])
def run_of_two(request, train_and_val, recipe, tmp_path_factory):
    """A run of one epoch by two devices: (backend, its folder)."""
    out = tmp_path_factory.mktemp("two") / "run"
    new = "--data", train_and_val, "--recipe", recipe, "--out", out, *TWO
    train(request.param, *new)
    return request.param, out


def train(backend, *arguments):
    flags = f"{COMPILE_FAST} {TWO_JAX_CPUS}" if backend == "jax" else ""
    command = "-m", "training.train", *arguments
    return end(start(backend, command, XLA_FLAGS=flags))


def log(run):
    with (run / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_of_two_devices_is_one_run(run_of_two):
    _, run = run_of_two
    assert {path.name for path in run.iterdir()} == {
        *("settings.json", "schema.json", "network.json", "state"),
        *("log.csv", "curves.png", "best.keras", "last.keras"),
    }
    assert [path.name for path in (run / "state").iterdir()] == ["epoch-0001"]
    (epoch,) = log(run)
    assert epoch["skipped_steps"] == "0"
    assert np.isfinite(float(epoch["loss"]))


@pytest.mark.parametrize("run_of_two", ["torch"], indirect=True)
def test_it_goes_on_with_one(run_of_two):
    backend, run = run_of_two
    output = train(backend, "--resume", run, "--epochs", 2)
    assert "resuming after epoch 1 of 2" in output
    assert [epoch["epoch"] for epoch in log(run)] == ["0", "1"]
    state = run / "state" / "epoch-0002" / "state.json"
    assert json.loads(state.read_text())["iterations"] == 4


def test_a_replica_that_fails_ends_the_run(tmp_path):
    """Its message stands above that of the first process."""
    (tmp_path / "settings.json").write_text("[]")
    with pytest.raises(InputError, match="process 2 of 2 ended with code 2"):
        with TorchProcesses(2).together(tmp_path):
            pass


@pytest.mark.parametrize("count", [0, -1])
def test_no_devices(count):
    with pytest.raises(InputError, match="devices: expected at least 1"):
        find_devices(count)


def test_a_batch_that_cannot_be_divided():
    devices = OneDevice()
    devices.check_batch(3)
    devices.count = 2
    devices.check_batch(4)
    with pytest.raises(InputError, match="multiple of the 2 devices, got 3"):
        devices.check_batch(3)


def test_more_devices_than_there_are(tmp_path):
    out = tmp_path / "run"
    process = start(
        "jax",
        (
            "-m",
            "training.train",
            "--data",
            "x",
            "--out",
            out,
            "--devices",
            2,
        ),
    )
    _, errors = process.communicate()
    assert process.returncode == 2
    last_line = errors.strip().splitlines()[-1]
    assert "devices: expected at most 1" in last_line
    assert TWO_JAX_CPUS in last_line
    assert not out.exists()
