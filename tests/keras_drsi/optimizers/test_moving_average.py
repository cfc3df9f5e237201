import keras
import numpy as np

from keras_drsi.optimizers.moving_average import MovingAverage


def test_moves_by_a_share_of_the_difference():
    rng = np.random.default_rng(0)
    shapes = [(3, 4), (5,), ()]
    before = [rng.normal(size=shape).astype("float32") for shape in shapes]
    targets = [rng.normal(size=shape).astype("float32") for shape in shapes]
    averages = [keras.Variable(value) for value in before]
    variables = [keras.Variable(value) for value in targets]
    average = MovingAverage(averages, variables)
    expected = before
    for share in (0.5, 0.25, 1e-4):
        average.update(share)
        expected = [e + share * (t - e) for e, t in zip(expected, targets)]
    for variable, value in zip(averages, expected):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(variable), value, rtol=1e-5
        )
    for variable, value in zip(variables, targets):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(variable), value
        )


def test_follows_variables_that_change():
    average = keras.Variable(0.0)
    variable = keras.Variable(1.0)
    moving = MovingAverage([average], [variable])
    moving.update(1.0)
    variable.assign(3.0)
    moving.update(0.5)
    assert float(keras.ops.convert_to_numpy(average)) == 2.0
