import keras
import numpy as np
import pytest

from keras_drsi.layers import GnConv, ResGnConv
from keras_drsi.layers.gnconv import split_channels
from tests.backend import to_numpy
from tests.layer_checks import random_map


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_groups_fill_twice_the_channels(order):
    groups = split_channels(32, order)
    assert groups[0] + sum(groups) == 2 * 32
    assert groups[-1] == 32


def test_channels_that_cannot_be_divided():
    with pytest.raises(ValueError, match="divisible by 8, got 12"):
        ResGnConv(order=4)(np.zeros((1, 4, 4, 12), "float32"))


@pytest.mark.parametrize("order", [0, -1])
def test_order_below_one(order):
    with pytest.raises(ValueError, match="at least 1"):
        ResGnConv(order=order)


def depthwise(layer, x):
    kernel = keras.ops.convert_to_numpy(layer.kernel)[..., 0]
    side = kernel.shape[0]
    height, width = x.shape[1:3]
    margin = side // 2
    padded = np.pad(x, [(0, 0), (margin, margin), (margin, margin), (0, 0)])
    total = sum(
        padded[:, i : i + height, j : j + width] * kernel[i, j]
        for i in range(side)
        for j in range(side)
    )
    return total + keras.ops.convert_to_numpy(layer.bias)


def linear(layer, x):
    kernel, bias = map(keras.ops.convert_to_numpy, layer.weights)
    return x @ kernel[0, 0] + bias


def silu_of_fresh_norm(x):
    x = x / np.sqrt(1 + 1e-3)  # moving mean 0, moving variance 1
    return x / (1 + np.exp(-x))


def equations(layer, x, residual):
    """Eqs. 2 to 6 as they stand in the class docstrings, in NumPy."""
    groups = split_channels(x.shape[-1], layer.order)
    projected = linear(layer.project_in, x)
    p, q = projected[..., : groups[0]], projected[..., groups[0] :]
    neighbors = np.split(
        depthwise(layer.depthwise, q), np.cumsum(groups)[:-1], axis=-1
    )
    for k in range(layer.order - 1):
        product = neighbors[k] * p
        if residual:
            gate = silu_of_fresh_norm(linear(layer.gates[k].linear, product))
            both = np.concatenate([p, neighbors[k]], axis=-1)
            p = (both + gate) / layer.residual_divisor
        else:
            p = linear(layer.gates[k], product)
    return linear(layer.project_out, p * neighbors[-1])


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [GnConv, ResGnConv])
def test_equals_the_equations(kind, order):
    x = random_map(1, 5, 7, 16)
    layer = kind(order=order, kernel_size=3)
    actual = to_numpy(layer(x))
    expected = equations(layer, x, residual=kind is ResGnConv)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
