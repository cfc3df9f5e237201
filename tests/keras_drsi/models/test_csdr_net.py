import keras
import numpy as np
import pytest

from keras_drsi import CSDRNet, InputError
from tests.backend import to_numpy

SMALL = {"width": 0.125, "depth": 0.33, "image_shape": (64, 128, 3)}
LEVELS = ("P1", "P2", "P3", "P4", "P5", "P6")


@pytest.fixture(scope="module")
def backbone():
    return CSDRNet(**SMALL, data_format="channels_last")


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return rng.uniform(size=(1, 64, 128, 3)).astype("float32")


def test_pyramid_outputs_halve_from_level_to_level(backbone):
    shapes = {n: x.shape[1:3] for n, x in backbone.pyramid_outputs.items()}
    assert shapes == {
        level: (64 >> (i + 1), 128 >> (i + 1)) for i, level in enumerate(LEVELS)
    }


def test_feature_extractor_from_pyramid_outputs(backbone, images):
    """As KerasHub's detectors build theirs."""
    outputs = {level: backbone.pyramid_outputs[level] for level in ("P2", "P5")}
    extractor = keras.Model(backbone.inputs, outputs)
    features = extractor(images)
    assert {n: tuple(x.shape) for n, x in features.items()} == {
        "P2": (1, 16, 32, 16),
        "P5": (1, 2, 4, 96),
    }
    expected = to_numpy(backbone(images)["P5"])
    np.testing.assert_array_equal(to_numpy(features["P5"]), expected)


def test_feature_extractor_from_level_inputs(backbone, images):
    """As KerasCV's detectors build theirs."""
    assert tuple(backbone.pyramid_level_inputs) == LEVELS
    outputs = {
        level: backbone.get_layer(name).output
        for level, name in backbone.pyramid_level_inputs.items()
    }
    features = keras.Model(backbone.inputs, outputs)(images)
    for level, expected in backbone(images).items():
        np.testing.assert_array_equal(
            to_numpy(features[level]), to_numpy(expected)
        )


def test_config_round_trip():
    backbone = CSDRNet(
        **SMALL,
        block_type="hor",
        block_config={"order": 1},
        remat=True,
        data_format="channels_last",
        frozen=["stem", "stage_2/fuse"],
        name="features",
    )
    twin = CSDRNet.from_config(backbone.get_config())
    assert twin.get_config() == backbone.get_config()
    trainable = [w.path for w in backbone.trainable_weights]
    assert [w.path for w in twin.trainable_weights] == trainable
    assert not any(path.startswith("stem") for path in trainable)


def test_arguments_of_version_0_1():
    config = CSDRNet(**SMALL).get_config()
    config["block"] = config.pop("block_type")
    config["fused"] = config.pop("folded")
    del config["frozen"]
    twin = CSDRNet.from_config({**config, "block": "bottleneck", "fused": True})
    assert (twin.block_type, twin.folded) == ("bottleneck", True)


def test_unknown_block_type():
    with pytest.raises(InputError, match="block_type must be one of .*'dris'"):
        CSDRNet(**SMALL, block_type="dris")
