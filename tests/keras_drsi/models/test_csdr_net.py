import keras
import numpy as np

from keras_drsi import CSDRNet
from tests.backend import to_numpy


def test_other_detectors_find_the_levels():
    backbone = CSDRNet(0.25, 0.33, image_shape=(64, 128, 3))
    levels = {
        level: backbone.get_layer(name).output
        for level, name in backbone.pyramid_level_inputs.items()
    }
    assert {n: x.shape for n, x in levels.items()} == {
        n: x.shape for n, x in backbone.output.items()
    }
    features = keras.Model(backbone.inputs, levels)
    images = keras.random.uniform((1, 64, 128, 3), seed=0)
    for level, expected in backbone(images).items():
        np.testing.assert_array_equal(
            to_numpy(features(images)[level]), to_numpy(expected)
        )
