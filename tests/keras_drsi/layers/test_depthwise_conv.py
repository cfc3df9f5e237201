import keras
import numpy as np
import pytest

from keras_drsi.layers import DepthwiseConv
from tests.backend import to_numpy
from tests.layer_checks import random_map


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("side", [3, 7])
def test_shifted_sum_equals_the_library(side, data_format):
    x = random_map(2, 9, 10, 6)
    if data_format == "channels_first":
        x = x.transpose(0, 3, 1, 2)
    layer = DepthwiseConv(side, use_bias=False, data_format=data_format)
    layer.build(x.shape)
    library = keras.layers.DepthwiseConv2D.call(
        layer, keras.ops.convert_to_tensor(x)
    )
    shifted = layer._shifted_sum(keras.ops.convert_to_tensor(x))
    np.testing.assert_allclose(
        to_numpy(shifted), to_numpy(library), rtol=1e-4, atol=1e-5
    )


def test_even_kernel():
    with pytest.raises(ValueError, match="odd integer, got 4"):
        DepthwiseConv(4)
