import keras
import numpy as np
import pytest

from keras_drsi.callbacks import SaveBest, WeightAverage
from tests.keras_drsi.callbacks.conftest import small_network


@pytest.fixture
def saver(network, tmp_path):
    network.optimizer.build(network.trainable_variables)  # as DRSINet does
    saver = SaveBest(tmp_path / "best.keras")
    saver.set_model(network)
    return saver


def saved(saver):
    return keras.saving.load_model(saver.path).get_weights()


def test_keeps_the_best_of_the_evaluated_epochs(saver, network):
    weights = []
    for epoch, ap in enumerate((0.2, None, 0.1, 0.3, float("nan"))):
        network.set_weights([w + 1 for w in network.get_weights()])
        weights.append(network.get_weights())
        saver.on_epoch_end(epoch, {} if ap is None else {"val_progress": ap})
    assert saver.best == 0.3
    for actual, expected in zip(saved(saver), weights[3]):
        np.testing.assert_array_equal(actual, expected)


def test_what_is_not_finite_is_never_the_best(saver, network):
    good = network.get_weights()
    network.set_weights([w * np.nan for w in good])
    saver.on_epoch_end(0, {"val_progress": 0.0})
    assert not saver.path.exists()
    network.set_weights(good)
    saver.on_epoch_end(1, {"val_progress": 0.0})
    assert saver.path.exists()


def test_a_best_from_before_an_interruption_counts(saver, network, tmp_path):
    saver.on_epoch_end(0, {"val_progress": 0.5})
    again = SaveBest(tmp_path / "best.keras")
    again.set_model(network)
    again.set_state(saver.get_state())
    before = saver.path.read_bytes()
    again.on_epoch_end(1, {"val_progress": 0.4})
    assert saver.path.read_bytes() == before


def test_an_interrupted_save_leaves_the_former_file(saver, monkeypatch):
    saver.on_epoch_end(0, {"val_progress": 0.5})
    before = saver.path.read_bytes()

    def save_half(path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(saver.model, "save", save_half)
    with pytest.raises(KeyboardInterrupt):
        saver.on_epoch_end(1, {"val_progress": 0.6})
    assert saver.path.read_bytes() == before
    assert list(saver.path.parent.iterdir()) == [saver.path]


def test_saves_the_average(tmp_path):
    network, average = small_network(), WeightAverage()
    average.set_model(network)
    network.set_weights([w + 1 for w in network.get_weights()])
    saver = SaveBest(tmp_path / "best.keras", average)
    saver.set_model(network)
    saver.on_epoch_end(0, {"val_progress": 0.5})
    for actual, expected in zip(saved(saver), average.network.get_weights()):
        np.testing.assert_array_equal(actual, expected)
