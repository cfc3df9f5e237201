import keras
import numpy as np

from keras_drsi.layers import SPP
from tests.backend import to_numpy
from tests.layer_checks import random_map


def test_chained_pools_equal_larger_windows():
    x = random_map(1, 9, 9, 8)
    layer = SPP(8)
    actual = to_numpy(layer(x))
    reduced = layer.reduce(x)
    pools = [
        keras.layers.MaxPooling2D(side, strides=1, padding="same")(reduced)
        for side in (3, 5, 7)
    ]
    expected = layer.fuse(keras.ops.concatenate([reduced, *pools], axis=-1))
    np.testing.assert_allclose(actual, to_numpy(expected), rtol=1e-6)
