"""A run that is interrupted anywhere ends with the weights of one that is
not."""

import errno
import json

import keras
import numpy as np
import pytest

from keras_drsi.callbacks import RunState, SaveBest, WeightAverage
from keras_drsi.errors import InputError
from tests.keras_drsi.callbacks.conftest import STEPS, fit, small_network

EPOCHS = 4


class Interrupt(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.steps_left = step

    def on_train_batch_begin(self, batch, logs=None):
        if self.steps_left == 0:
            raise KeyboardInterrupt
        self.steps_left -= 1


def go(folder, step=None, epochs=EPOCHS):
    """Numbers at the end of a run, or of what is left of it."""
    network, average = small_network(), WeightAverage(0.9, ramp=3)
    network.optimizer.build(network.trainable_variables)  # as DRSINet does
    state = RunState(folder, {}, average)
    interrupt = [] if step is None else [Interrupt(step)]
    fit(
        network,
        [*interrupt, average, state],
        epochs,
        first_epoch=state.epochs(),
    )
    optimizer = map(keras.ops.convert_to_numpy, network.optimizer.variables)
    return [
        *network.get_weights(),
        *average.network.get_weights(),
        *optimizer,
    ]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return go(tmp_path_factory.mktemp("state"))


@pytest.mark.parametrize("step", [0, 2, STEPS, 2 * STEPS + 1, 4 * STEPS - 1])
def test_goes_on_as_if_nothing_had_happened(step, uninterrupted, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path, step)
    for actual, expected in zip(go(tmp_path), uninterrupted, strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_keeps_the_newest_two(tmp_path):
    go(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "epoch-0003",
        "epoch-0004",
    ]


def test_an_unfinished_state_is_not_used(uninterrupted, tmp_path, monkeypatch):
    write = RunState._write

    def write_half(self, folder, epochs):
        write(self, folder, epochs)
        if epochs == 3:
            (folder / "training.weights.h5").write_bytes(b"half")
            raise KeyboardInterrupt

    monkeypatch.setattr(RunState, "_write", write_half)
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path)
    monkeypatch.setattr(RunState, "_write", write)
    assert RunState(tmp_path, {}).epochs() == 2
    for actual, expected in zip(go(tmp_path), uninterrupted, strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("name", ["training.weights.h5", "state.json"])
def test_a_damaged_state_is_passed_over(name, uninterrupted, tmp_path):
    go(tmp_path, epochs=3)
    file = tmp_path / "epoch-0003" / name
    file.write_bytes(file.read_bytes()[:100])
    state = RunState(tmp_path, {})
    assert state.epochs() == 2
    (fault,) = state.faults()
    assert str(file) in fault
    assert "epoch-0002" in str(state.last_good())
    for actual, expected in zip(go(tmp_path), uninterrupted, strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_no_state_that_is_whole_is_said(tmp_path):
    go(tmp_path, epochs=2)
    for folder in tmp_path.iterdir():
        (folder / "average.weights.h5").unlink()
    with pytest.raises(InputError, match="average.*There is no other state"):
        RunState(tmp_path, {}).epochs()


def test_a_disk_without_room_is_said(network, tmp_path, monkeypatch):
    fit(network, [RunState(tmp_path, {})], epochs=1)

    def write(self, folder, epochs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunState, "_write", write)
    with pytest.raises(InputError, match="epoch-0002: .*No space.*epoch-0001"):
        fit(network, [RunState(tmp_path, {})], epochs=2, first_epoch=1)
    assert [p.name for p in tmp_path.iterdir()] == ["epoch-0001"]


def test_more_epochs(uninterrupted, tmp_path):
    go(tmp_path, epochs=2)
    for actual, expected in zip(go(tmp_path), uninterrupted, strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_callbacks_remember(network, tmp_path):
    best = SaveBest(tmp_path / "best.keras")
    best.best = 0.25
    fit(network, [RunState(tmp_path / "state", {"best": best})], epochs=1)
    again = SaveBest(tmp_path / "best.keras")
    state = RunState(tmp_path / "state", {"best": again})
    fit(small_network(), [state], epochs=2, first_epoch=1)
    assert again.best == 0.25


@pytest.mark.parametrize(
    "variables",
    [lambda m: m.layers[0].weights, lambda m: m.optimizer.variables],
)
def test_what_is_not_finite_is_never_written(variables, network, tmp_path):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                (bias,) = (
                    v
                    for v in variables(self.model)
                    if "bias" in v.path and v.shape == (4,)
                )
                bias.assign([np.nan] * 4)

    with pytest.raises(InputError, match="epoch 2: .*bias.*epoch-0001"):
        fit(network, [Spoil(), RunState(tmp_path, {})], epochs=3)
    assert [p.name for p in tmp_path.iterdir()] == ["epoch-0001"]


def test_another_optimizer_is_refused(network, tmp_path):
    fit(network, [RunState(tmp_path, {})], epochs=1)
    state = json.loads((tmp_path / "epoch-0001" / "state.json").read_text())
    assert state["iterations"] == STEPS
    other = small_network()
    other.compile(keras.optimizers.Adam(), "mse")
    with (
        pytest.warns(UserWarning, match="Skipping variable loading"),
        pytest.raises(InputError, match="expected an optimizer after 4 steps"),
    ):
        fit(other, [RunState(tmp_path, {})], epochs=2, first_epoch=1)
