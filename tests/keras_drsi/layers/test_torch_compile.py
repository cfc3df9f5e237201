import keras
import numpy as np
import pytest

from keras_drsi.layers import ConvBlock, DRSIBlock
from tests.backend import to_numpy
from tests.layer_checks import random_map


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="PyTorch's compiler"
)
@pytest.mark.parametrize(
    "kind, arguments", [(ConvBlock, (8, 3)), (DRSIBlock, (3,))]
)
def test_a_compiled_layer_gives_the_same(kind, arguments):
    import torch

    layer = kind(*arguments)
    x = torch.from_numpy(random_map(2, 8, 6, 16))
    with torch.no_grad():
        expected = to_numpy(layer(x))
        actual = to_numpy(torch.compile(layer)(x))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
