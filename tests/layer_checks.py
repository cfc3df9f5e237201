"""What every layer promises, checked in one call."""

import json

import keras
import numpy as np

from keras_drsi.layers import DepthwiseConv
from tests.backend import compiled, to_numpy

PRECISION = {"mixed_float16": 2e-2, "mixed_bfloat16": 1e-1}


def random_map(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def check_layer(make, init_kwargs, shape=(2, 8, 6, 16)):
    """Config, shapes, data formats, precision and weights of a layer.

    Args:
        make: class of the layer.
        init_kwargs: a value other than the default for every argument.
        shape: channels-last shape of the input.
    """
    x = random_map(*shape)
    layer = make(**init_kwargs, data_format="channels_last")
    expected = to_numpy(layer(x))
    assert expected.shape == tuple(layer.compute_output_shape(shape))
    assert np.isfinite(expected).all() and expected.std() > 0

    check_config(layer, init_kwargs)
    twin = make.from_config(layer.get_config())
    twin.build(shape)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(to_numpy(twin(x)), expected)

    check_channels_first(make, init_kwargs, layer, x, expected)
    for policy, tolerance in PRECISION.items():
        half = make(**init_kwargs, data_format="channels_last", dtype=policy)
        half.build(shape)
        half.set_weights(layer.get_weights())
        actual = half(x)
        dtype = keras.backend.standardize_dtype(actual.dtype)
        assert dtype == half.compute_dtype
        difference = to_numpy(actual).astype("float32") - expected
        assert np.sqrt(np.mean(difference**2)) < tolerance * expected.std()


def check_config(layer, init_kwargs):
    config = layer.get_config()
    json.dumps(config)
    for name, value in init_kwargs.items():
        default = type(layer)(**_required(layer, init_kwargs)).get_config()
        assert config[name] == value
        if name not in _required(layer, init_kwargs):
            assert default[name] != value, f"{name}: test another value"
    assert type(layer).from_config(config).get_config() == config


def _required(layer, init_kwargs):
    return {
        k: v
        for k, v in init_kwargs.items()
        if k == "filters"
        or (k == "kernel_size" and type(layer) is DepthwiseConv)
    }


def check_channels_first(make, init_kwargs, layer, x, expected):
    first = make(**init_kwargs, data_format="channels_first")
    x_first = x.transpose(0, 3, 1, 2)
    first.build(x_first.shape)
    first.set_weights(
        [
            weight.reshape(twin.shape)  # a scale per channel moves its axis
            for weight, twin in zip(layer.get_weights(), first.weights)
        ]
    )
    # TensorFlow's own kernels on a CPU take channels last only; XLA's do not.
    on_tensorflow = keras.backend.backend() == "tensorflow"
    run = compiled(first, uses_xla=True) if on_tensorflow else first
    actual = to_numpy(run(x_first))
    assert actual.shape == tuple(first.compute_output_shape(x_first.shape))
    np.testing.assert_allclose(
        actual.transpose(0, 2, 3, 1), expected, rtol=1e-4, atol=1e-5
    )
