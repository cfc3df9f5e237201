import keras
import numpy as np
import pytest

from keras_drsi.layers.batch_norm import BatchNorm, FoldedBatchNorm
from keras_drsi.layers.conv import Conv
from keras_drsi.layers.conv_norm import convolve_and_norm
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from tests.backend import to_numpy
from tests.layer_checks import random_map
from tests.random_norms import randomize_norms

CONVOLUTIONS = {
    "pointwise": lambda **config: Conv(5, **config),
    "strided": lambda **config: Conv(5, 3, strides=2, **config),
    "depthwise": lambda **config: DepthwiseConv(3, **config),
}


def make(kind, **config):
    axis = 1 if config["data_format"] == "channels_first" else -1
    convolution, norm = CONVOLUTIONS[kind](**config), BatchNorm(axis=axis)
    shape = (2, 4, 4, 4)
    convolution.build(shape)
    norm.build(convolution.compute_output_shape(shape))
    rng = np.random.default_rng(0)
    randomize_norms(norm, rng)
    if convolution.use_bias:
        convolution.bias.assign(rng.normal(size=convolution.bias.shape))
    return convolution, norm, keras.ops.convert_to_tensor(random_map(*shape))


def in_a_graph(function):
    """TensorFlow on a CPU takes channels first in a graph only."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=True)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("kind", CONVOLUTIONS)
@pytest.mark.parametrize("training", [False, True])
def test_one_after_the_other(kind, use_bias, data_format, training):
    convolution, norm, x = make(
        kind, use_bias=use_bias, data_format=data_format
    )
    before = norm.get_weights()
    y = in_a_graph(convolve_and_norm)(convolution, norm, x, training)
    changed = [
        not np.array_equal(*pair) for pair in zip(norm.get_weights(), before)
    ]
    assert changed == [False, False, training, training]
    norm.set_weights(before)
    expected = in_a_graph(lambda x: norm(convolution(x), training=training))(x)
    np.testing.assert_allclose(
        to_numpy(y), to_numpy(expected), rtol=1e-5, atol=1e-5
    )


def test_frozen_norm_keeps_its_averages_in_training():
    convolution, norm, x = make(
        "pointwise", use_bias=False, data_format="channels_last"
    )
    norm.trainable = False
    y = convolve_and_norm(convolution, norm, x, training=True)
    np.testing.assert_allclose(
        to_numpy(y), to_numpy(norm(convolution(x))), rtol=1e-5, atol=1e-5
    )


def test_empty_place_of_a_norm():
    convolution, _, x = make(
        "pointwise", use_bias=True, data_format="channels_last"
    )
    y = convolve_and_norm(convolution, FoldedBatchNorm(), x)
    np.testing.assert_array_equal(to_numpy(y), to_numpy(convolution(x)))
