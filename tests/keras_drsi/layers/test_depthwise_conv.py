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


@pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="chooses by platform under JAX"
)
@pytest.mark.parametrize(
    "dtype, tolerance",
    [
        ("float64", 1e-12),
        ("float32", 1e-5),
        ("mixed_bfloat16", 3e-2),
        ("mixed_float16", 4e-3),
        ("bfloat16", 3e-2),
        ("float16", 4e-3),
    ],
)
def test_both_ways_agree(dtype, tolerance, monkeypatch):
    import jax

    with jax.enable_x64(dtype == "float64"):
        check_both_ways(dtype, tolerance, monkeypatch)


def check_both_ways(dtype, tolerance, monkeypatch):
    import jax

    x = random_map(2, 9, 10, 6)
    layer = DepthwiseConv(
        7, use_bias=True, data_format="channels_last", dtype=dtype
    )
    layer.build(x.shape)
    layer.set_weights([random_map(7, 7, 6, 1, seed=1), np.arange(6)])
    weights = [weight.value for weight in layer.trainable_variables]

    def results():
        def total(weights, x):
            mapping = zip(layer.trainable_variables, weights)
            with keras.StatelessScope(list(mapping)):
                y = layer(x)
            assert y.dtype == layer.compute_dtype
            exact = keras.backend.result_type(y.dtype, "float32")
            return (y.astype(exact) ** 2).mean(), y

        gradients, y = jax.grad(total, (0, 1), has_aux=True)(weights, x)
        return [
            to_numpy(r).astype("float64")
            for r in jax.tree.leaves((gradients, y))
        ]

    by_sums = results()
    monkeypatch.setattr(
        "keras_drsi.layers.kernels.depthwise_convolution.runs_on_xla_cpu",
        lambda: False,
    )
    by_library = results()
    for ours, theirs in zip(by_sums, by_library):
        largest = np.abs(theirs).max()
        np.testing.assert_allclose(
            ours, theirs, atol=tolerance * largest, rtol=0
        )
