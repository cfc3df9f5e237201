import keras
import numpy as np
import pytest

from keras_drsi.layers import BatchNorm
from tests.backend import to_numpy, value_and_gradient


def both_layers(axis, shape, dtype="float32"):
    rng = np.random.default_rng(0)
    weights = [rng.uniform(0.5, 2, shape[axis]) for _ in range(4)]
    layers = []
    for kind in (BatchNorm, keras.layers.BatchNormalization):
        layer = kind(axis=axis, momentum=0.9, epsilon=1e-2, dtype=dtype)
        layer.build(shape)
        layer.set_weights(weights)
        layers.append(layer)
    return layers


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equals_keras(axis, training, dtype):
    x = np.random.default_rng(1).normal(1, 3, (2, 5, 6, 4)).astype(dtype)
    ours, theirs = both_layers(axis, x.shape, dtype)
    np.testing.assert_allclose(
        to_numpy(ours(x, training=training)),
        to_numpy(theirs(x, training=training)),
        rtol=1e-5,
        atol=1e-5,
    )
    for actual, expected in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="Keras' own code runs on JAX"
)
def test_gradient_equals_keras():
    x = np.random.default_rng(2).normal(1, 3, (2, 5, 6, 4)).astype("float32")
    factor = np.random.default_rng(3).normal(size=x.shape).astype("float32")

    def gradient(layer):
        def weighted_sum(x, factor):
            return keras.ops.sum(layer(x, training=True) * factor)

        return value_and_gradient(weighted_sum)(x, factor)[1]

    ours, theirs = both_layers(-1, x.shape)
    np.testing.assert_allclose(
        gradient(ours), gradient(theirs), rtol=1e-4, atol=1e-5
    )


def test_untrainable_layer_keeps_its_averages():
    x = np.random.default_rng(1).normal(1, 3, (2, 5, 6, 4)).astype("float32")
    layer, _ = both_layers(-1, x.shape)
    layer.trainable = False
    before = layer.get_weights()
    layer(x, training=True)
    for actual, expected in zip(layer.get_weights(), before):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_stays_half_and_finite(policy):
    layer = BatchNorm(dtype=policy)
    x = np.random.default_rng(1).normal(200, 3, (2, 8, 8, 4))
    y = layer(keras.ops.cast(x, layer.compute_dtype), training=True)
    assert keras.backend.standardize_dtype(y.dtype) == layer.compute_dtype
    assert np.isfinite(to_numpy(y)).all()
    assert keras.backend.standardize_dtype(layer.moving_mean.dtype) == "float32"


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_poisoned_batch_does_not_enter_the_averages(axis, poison):
    x = np.random.default_rng(1).normal(1, 3, (2, 4, 6, 4)).astype("float32")
    layer, _ = both_layers(axis, x.shape)
    before = layer.get_weights()
    x[0, 1, 1, 1] = poison
    layer(x, training=True)
    after = layer.get_weights()
    assert np.isfinite(after).all()
    # The other channels learn from it.
    assert [int((a != b).sum()) for a, b in zip(after, before)] == [0, 0, 3, 3]
