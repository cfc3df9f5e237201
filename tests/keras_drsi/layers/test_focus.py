import numpy as np

from keras_drsi.layers import Focus
from tests.backend import to_numpy


def test_each_square_becomes_channels():
    """With kernels that pick one channel each, the corners come out."""
    layer = Focus(4, kernel_size=1)
    x = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    layer.build(x.shape)
    weights = layer.get_weights()
    layer.set_weights([np.eye(4).reshape(1, 1, 4, 4), *weights[1:]])
    z = np.array([0, 4, 1, 5]) / np.sqrt(1 + 1e-3)  # down, right, both
    np.testing.assert_allclose(
        to_numpy(layer(x))[0, 0, 0], z / (1 + np.exp(-z)), rtol=1e-5
    )
