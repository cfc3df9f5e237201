"""On one device; tests/training/runs/test_devices.py has two."""

import keras
import numpy as np

from keras_drsi.distribution import replicas
from tests.backend import to_numpy


def test_one_device_has_nothing_to_add():
    x = keras.ops.ones((2, 3))
    assert replicas.replica_count() == 1
    assert replicas.sum_over_replicas(x) is x
    assert replicas.mean_over_replicas(x, weight=5) is x
    np.testing.assert_array_equal(
        to_numpy(replicas.scale_loss_for_replicas(x)), 1
    )


def test_one_device_makes_its_usual_step():
    variables = [keras.Variable([1.0, 2.0]), keras.Variable([3.0])]
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.build(variables)
    for _ in range(2):  # compiled again with the same optimizer
        replicas.synchronize_gradients(optimizer)
    optimizer.apply([keras.ops.ones((2,)), None], variables)
    np.testing.assert_array_equal(to_numpy(variables[0]), [0.5, 1.5])
    np.testing.assert_array_equal(to_numpy(variables[1]), [3.0])
