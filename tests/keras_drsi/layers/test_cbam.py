import numpy as np

from keras_drsi.layers import ChannelAttention, SpatialAttention
from tests.backend import to_numpy
from tests.layer_checks import random_map


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_channel_attention_formula():
    x = random_map(2, 5, 5, 8)
    layer = ChannelAttention(reduction=4)
    actual = to_numpy(layer(x))
    squeeze, excite = (w[0, 0] for w in layer.get_weights())
    mlp = [
        np.maximum(pooled @ squeeze, 0) @ excite
        for pooled in (x.mean((1, 2)), x.max((1, 2)))
    ]
    expected = x * sigmoid(sum(mlp))[:, None, None]
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-6)


def test_spatial_attention_of_a_pixel():
    x = random_map(1, 1, 1, 8)
    layer = SpatialAttention(kernel_size=7)
    actual = to_numpy(layer(x))
    mean_weight, peak_weight = layer.get_weights()[0][3, 3, :, 0]
    weight = sigmoid(x.mean() * mean_weight + x.max() * peak_weight)
    np.testing.assert_allclose(actual, x * weight, rtol=1e-5)
