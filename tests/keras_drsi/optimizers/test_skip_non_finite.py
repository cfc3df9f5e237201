import keras
import numpy as np
import pytest

from keras_drsi.optimizers import SkipNonFinite

MANY = 200  # halvings that leave a float32 of 0


def fit(optimizer, poisoned, steps=MANY + 1):
    """A network of one weight after steps of which some have no gradient."""
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False)]
    )
    model.compile(optimizer, "mse")
    model.set_weights([np.ones((1, 1), "float32")])
    y = np.zeros((steps, 1), "float32")
    y[list(poisoned)] = np.nan
    model.fit(
        np.ones((steps, 1), "float32"),
        y,
        batch_size=1,
        shuffle=False,
        verbose=0,
    )
    return float(keras.ops.convert_to_numpy(model.weights[0])[0, 0])


def test_a_good_step_after_many_that_are_not():
    optimizer = SkipNonFinite(keras.optimizers.SGD(0.25))
    assert fit(optimizer, range(MANY)) == pytest.approx(0.5)
    assert int(optimizer.iterations) == 1
    assert float(optimizer.dynamic_scale) == 1


def test_the_scale_of_float16_falls_to_one_and_grows_again():
    optimizer = SkipNonFinite(
        keras.optimizers.SGD(0.25), initial_scale=8.0, dynamic_growth_steps=2
    )
    fit(optimizer, range(5), steps=5)
    assert float(optimizer.dynamic_scale) == 1
    optimizer = SkipNonFinite(
        keras.optimizers.SGD(0.25), initial_scale=8.0, dynamic_growth_steps=2
    )
    fit(optimizer, range(5), steps=9)
    assert float(optimizer.dynamic_scale) == 4


def test_round_trip():
    optimizer = SkipNonFinite(keras.optimizers.SGD(0.25), initial_scale=4.0)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert type(again) is SkipNonFinite
