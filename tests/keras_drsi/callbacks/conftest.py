"""A network of two layers, and batches for it."""

import keras
import numpy as np
import pytest

from keras_drsi.optimizers import SkipNonFinite

STEPS = 4


def small_network():
    keras.utils.set_random_seed(1)
    network = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(2),
        ]
    )
    network.compile(
        SkipNonFinite(keras.optimizers.SGD(0.1, momentum=0.9)), "mse"
    )
    return network


def batches(first_epoch=0, poisoned=()):
    """Batches of numbers that depend on their place; those named are NaN."""
    place = first_epoch * STEPS
    while True:
        rng = np.random.default_rng(place)
        x = rng.normal(size=(8, 3)).astype("float32")
        y = rng.normal(size=(8, 2)).astype("float32")
        if place in poisoned:
            y[0, 0] = np.nan
        yield x, y
        place += 1


def fit(network, callbacks, epochs, first_epoch=0, poisoned=()):
    return network.fit(
        batches(first_epoch, poisoned),
        steps_per_epoch=STEPS,
        epochs=epochs,
        initial_epoch=first_epoch,
        callbacks=callbacks,
        shuffle=False,  # Keras warns that it cannot
        verbose=0,
    ).history


@pytest.fixture
def network():
    return small_network()
