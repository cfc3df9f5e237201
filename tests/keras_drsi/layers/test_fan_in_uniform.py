import keras
import numpy as np

from keras_drsi.layers import ConvBlock, FanInUniform
from tests.backend import to_numpy


def test_bound_is_one_over_the_root_of_fan_in():
    values = to_numpy(FanInUniform()((3, 3, 8, 64)))
    bound = 1 / np.sqrt(3 * 3 * 8)
    assert 0.99 * bound < np.abs(values).max() <= bound


def test_one_seed_gives_known_numbers_on_every_backend():
    keras.utils.set_random_seed(7)
    block = ConvBlock(2)
    block.build((1, 4, 4, 3))
    expected = [-0.417746, 0.215649, 0.539957]
    np.testing.assert_allclose(
        block.get_weights()[0][0, 0, :, 0], expected, atol=1e-6
    )


def test_layers_start_differently():
    keras.utils.set_random_seed(7)
    first, second = ConvBlock(2), ConvBlock(2)
    for block in (first, second):
        block.build((1, 4, 4, 3))
    assert (first.get_weights()[0] != second.get_weights()[0]).all()
