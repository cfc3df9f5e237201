import numpy as np

from keras_drsi.layers import ConvBlock
from tests.backend import to_numpy


def test_strided_convolution_pads_every_side():
    """The first output of an even map sees the padding above and left."""
    block = ConvBlock(1, kernel_size=3, strides=2)
    block.build((1, 4, 4, 1))
    kernel = np.arange(9, dtype="float32").reshape(3, 3, 1, 1)
    block.set_weights([kernel, *block.get_weights()[1:]])
    x = np.ones((1, 4, 4, 1), "float32")
    before_norm = [[4 + 5 + 7 + 8, 3 + 4 + 5 + 6 + 7 + 8], [27, 36]]
    z = np.array(before_norm) / np.sqrt(1 + 1e-3)
    np.testing.assert_allclose(
        to_numpy(block(x))[0, :, :, 0], z / (1 + np.exp(-z)), rtol=1e-5
    )
