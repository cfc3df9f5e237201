import math

import keras
import numpy as np

from keras_drsi.callbacks import WeightAverage
from tests.keras_drsi.callbacks.conftest import STEPS, fit


class Weights(keras.callbacks.Callback):
    """All weights after every batch."""

    def on_train_begin(self, logs=None):
        self.values = [self.model.get_weights()]

    def on_train_batch_end(self, batch, logs=None):
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()
        self.values.append(self.model.get_weights())


def test_averages_weights_and_statistics_with_a_ramp(network):
    seen, average = Weights(), WeightAverage(decay=0.9, ramp=3)
    fit(network, [seen, average], epochs=2)
    expected = seen.values[0]
    for update, weights in enumerate(seen.values[1:], 1):
        decay = 0.9 * (1 - math.exp(-update / 3))
        expected = [
            decay * e + (1 - decay) * w for e, w in zip(expected, weights)
        ]
    assert len(expected) == len(network.weights) == 8
    for actual, each in zip(average.network.get_weights(), expected):
        np.testing.assert_allclose(actual, each, atol=1e-6)


def test_an_update_every_few_batches(network):
    seen, average = Weights(), WeightAverage(decay=0.9, ramp=3, every=3)
    fit(network, [seen, average], epochs=1)
    decay = 0.9 * (1 - math.exp(-1 / 3))
    assert average.get_state() == {"updates": 1, "batches": STEPS}
    for actual, first, third in zip(
        average.network.get_weights(), seen.values[0], seen.values[3]
    ):
        expected = decay * first + (1 - decay) * third
        np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_training_goes_on_as_without(network):
    from tests.keras_drsi.callbacks.conftest import small_network

    plain = small_network()
    fit(plain, [], epochs=2)
    fit(network, [WeightAverage()], epochs=2)
    for actual, expected in zip(network.get_weights(), plain.get_weights()):
        np.testing.assert_array_equal(actual, expected)
