import keras
import numpy as np
import pytest

from keras_drsi.layers import DepthwiseConv
from tests.backend import to_numpy
from tests.layer_checks import random_map


def test_even_kernel():
    with pytest.raises(ValueError, match="odd integer, got 4"):
        DepthwiseConv(4)


@pytest.mark.parametrize("side", [3, 7])
def test_equals_keras(side):
    x = random_map(2, 9, 10, 6)
    layer = DepthwiseConv(side, use_bias=True, data_format="channels_last")
    layer.build(x.shape)
    kernel = random_map(side, side, 6, 1, seed=1)
    layer.set_weights([kernel, np.arange(6)])
    expected = keras.ops.depthwise_conv(x, kernel, padding="same")
    np.testing.assert_allclose(
        to_numpy(layer(x)),
        to_numpy(expected) + np.arange(6),
        rtol=1e-4,
        atol=1e-4,
    )
