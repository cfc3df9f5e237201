import keras
import numpy as np
import pytest

from keras_drsi import DRSINet
from keras_drsi.errors import InputError
from keras_drsi.keras_internals import flatten_layers
from keras_drsi.layers import BatchNorm
from tests.random_norms import random_network

NETWORKS = {
    "drsi_net_n": {},
    "with the deep head": {"keypoint_depth": 2},
    "asi_pan": {"neck_type": "asi_pan", "order": 3},
    "r_hor": {"block_type": "r_hor", "neck_type": "pan"},
    "transformer": {"block_type": "transformer"},
    "yolo_pose": {
        "block_type": "bottleneck",
        "neck_type": "pan",
        "head_type": "yolo_pose",
    },
}


def make(**config):
    model = random_network(input_size=64, keypoints=3, **config)
    return model


def assert_equal(model, folded):
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3))
    expected, actual = model(images), folded(images)
    for level, values in expected.items():
        values = keras.ops.convert_to_numpy(values)
        difference = keras.ops.convert_to_numpy(actual[level]) - values
        assert np.abs(difference).max() < 1e-4 * values.std()


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_equal_without_any_batch_norm(name):
    model = make(**NETWORKS[name])
    folded = model.fold()
    layers = flatten_layers(folded)
    assert not any(isinstance(layer, BatchNorm) for layer in layers)
    assert folded.count_params() < model.count_params()
    assert_equal(model, folded)
    assert any(isinstance(x, BatchNorm) for x in flatten_layers(model))


def test_a_folded_network_is_no_start_and_has_none():
    model = make()
    for options in (
        {"initial_weights": model.fold()},
        {"initial_weights": model, "folded": True},
    ):
        with pytest.raises(InputError, match="fold\\(\\) it afterwards"):
            DRSINet.from_preset("drsi_net_n", input_size=64, **options)


def test_saves_loads_and_folds_again(tmp_path):
    model = make()
    model.fold().save(tmp_path / "folded.keras")
    restored = keras.saving.load_model(tmp_path / "folded.keras")
    assert restored.folded
    assert_equal(model, restored)
    assert_equal(model, restored.fold())
