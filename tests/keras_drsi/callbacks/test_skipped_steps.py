import keras
import numpy as np
import pytest

from keras_drsi.callbacks import SkippedSteps
from keras_drsi.errors import InputError
from keras_drsi.optimizers import SkipNonFinite
from tests.keras_drsi.callbacks.conftest import STEPS, fit, small_network


def test_counts_the_poisoned_batches(network):
    history = fit(network, [SkippedSteps(str)], 3, poisoned=(1, 2, 9))
    assert history["skipped_steps"] == [2, 0, 1]
    assert int(network.optimizer.iterations) == 3 * STEPS - 3
    assert all(np.isfinite(w).all() for w in network.get_weights())


def test_one_in_a_hundred(network):
    skipped = SkippedSteps(str)
    history = fit(network, [skipped], 25, poisoned=(50,))
    assert sum(history["skipped_steps"]) == 1
    assert int(network.optimizer.iterations) == 99


def test_a_skipped_step_changes_no_weight(network):
    before = network.get_weights()
    fit(network, [SkippedSteps(str)], 1, poisoned=range(STEPS))
    # Batch norm has seen the inputs, which are finite.
    for index in (0, 1, 2, 3, 6, 7):
        np.testing.assert_array_equal(
            network.get_weights()[index], before[index]
        )


def test_three_epochs_in_a_row_end_the_run(network):
    poisoned = [STEPS * epoch for epoch in (0, 1, 3, 4, 5)]
    with pytest.raises(InputError, match="epoch 6: 1 of 4 steps.*good.h5"):
        fit(network, [SkippedSteps(lambda: "good.h5")], 9, poisoned=poisoned)


def test_looking_for_a_scale_is_no_fault(network):
    network.compile(
        SkipNonFinite(keras.optimizers.SGD(0.1), initial_scale=2.0**9), "mse"
    )
    poisoned = [STEPS * epoch for epoch in range(11)]
    # The scale is 1 after nine epochs.
    with pytest.raises(InputError, match="epoch 11: 1 of 4 steps"):
        fit(network, [SkippedSteps(str)], 12, poisoned=poisoned)


def test_goes_on_counting_after_an_interruption():
    first = SkippedSteps(str)
    fit(small_network(), [first], 2, poisoned=(0, STEPS))
    second = SkippedSteps(str)
    second.set_state(first.get_state())
    with pytest.raises(InputError, match="epoch 3"):
        fit(small_network(), [second], 4, first_epoch=2, poisoned=(2 * STEPS,))


def test_needs_an_optimizer_that_skips(network):
    network.compile("sgd", "mse")
    with pytest.raises(InputError, match="LossScaleOptimizer, got SGD"):
        fit(network, [SkippedSteps(str)], 1)
