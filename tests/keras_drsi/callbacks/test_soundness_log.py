import keras
import numpy as np
import pytest

from keras_drsi.callbacks import soundness_log
from keras_drsi.callbacks.soundness_log import (
    LARGEST_GAP,
    SETTLED_STEPS,
    SoundnessLog,
)
from keras_drsi.errors import InputError
from keras_drsi.models.activations import STAGES
from tests.unsound_networks import copied, overflow, poison, small_drsi_net

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), "uint8")
COLUMNS = {
    "inference_gap",
    *(f"activation_{stage}" for stage in STAGES),
    *(f"weight_{stage}" for stage in STAGES),
    *(f"share_stage_{n}_{m}" for n in range(1, 5) for m in ("min", "max")),
}


def watched(network, **arguments):
    log = SoundnessLog(IMAGES, **arguments)
    log.set_model(network)
    log.set_params({"epochs": 9})
    return log


def logs_of(log, epoch=0):
    logs = {}
    log.on_epoch_end(epoch, logs)
    return logs


@pytest.fixture(scope="module")
def sound():
    return small_drsi_net()


@pytest.fixture
def network(sound):
    return copied(sound)


def test_columns_are_finite_and_always_the_same(sound):
    logs = logs_of(watched(sound))
    assert set(logs) == COLUMNS
    assert np.isfinite(list(logs.values())).all()
    assert 0 < logs["inference_gap"] < LARGEST_GAP
    assert logs["share_stage_1_min"] <= logs["share_stage_1_max"]


def test_largest_weight_and_activation_of_a_stage(network):
    before = logs_of(watched(network))
    (kernel,) = (
        w for w in network.weights if w.path == "stage_4_down/conv/kernel"
    )
    kernel.assign(kernel * 0 - 50.0)
    after = logs_of(watched(network))
    assert after["weight_stage_4"] == 50.0
    assert after["activation_stage_4"] > 3 * before["activation_stage_4"]
    for name in ("weight_stage_3", "activation_stage_3"):
        assert after[name] == pytest.approx(before[name])


def test_looks_at_the_epochs_that_are_evaluated(sound):
    log = watched(sound, every=3)
    looked = [bool(logs_of(log, epoch)) for epoch in range(9)]
    assert [n for n, each in enumerate(looked, 1) if each] == [1, 3, 6, 9]


def test_looks_at_the_average(sound, network):
    class Average:
        pass

    average = Average()
    average.network = network
    poison(network, "stage_1_down/conv/kernel")
    assert logs_of(watched(sound))
    with pytest.raises(InputError, match="stage_1_down"):
        logs_of(watched(sound, average=average))


def test_what_is_not_finite_ends_the_run(network):
    overflow(network)
    message = "^epoch 5: inference: expected finite values, got (nan|inf) from "
    with pytest.raises(InputError, match=message + "the layer stage_3_down."):
        logs_of(watched(network), epoch=4)


def test_what_is_far_from_training_ends_the_run(network):
    overflow(network, scale=1e12)
    message = (
        "^epoch 1: inference: expected outputs within 100 times .*, got .*; "
        "the largest activation is .*e[+].*, of the layer stage_"
    )
    with pytest.raises(InputError, match=message):
        logs_of(watched(network))


def test_a_young_network_may_be_far_from_training(network):
    """Its moving averages are still near the values they start from."""
    overflow(network, scale=1e12)
    network.compile("sgd")
    assert logs_of(watched(network))["inference_gap"] > LARGEST_GAP
    network.optimizer.iterations.assign(SETTLED_STEPS)
    with pytest.raises(InputError, match="within 100 times"):
        logs_of(watched(network))


def test_fit_ends_before_the_broken_network_is_kept(monkeypatch):
    """A rate that no moving average can follow."""
    monkeypatch.setattr(soundness_log, "SETTLED_STEPS", 0)
    network = small_drsi_net(block_type="bottleneck", neck_type="pan")
    kept = []
    targets = {
        "boxes": np.tile(np.array([8, 8, 50, 60], "float32"), (2, 1, 1)),
        "keypoints": np.full((2, 1, 3, 3), 2, "float32"),
        "count": np.ones(2, "int32"),
    }
    network.compile(keras.optimizers.SGD(1e4))
    with pytest.raises(InputError, match="inference: expected"):
        network.fit(
            IMAGES,
            targets,
            batch_size=2,
            epochs=3,
            verbose=0,
            callbacks=[
                SoundnessLog(IMAGES),
                keras.callbacks.LambdaCallback(
                    on_epoch_end=lambda epoch, logs: kept.append(epoch)
                ),
            ],
        )
    assert not kept
