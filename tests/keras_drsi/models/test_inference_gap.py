import keras
import numpy as np
import pytest

from keras_drsi.models.inference_gap import inference_gap
from tests.unsound_networks import overflow, small_drsi_net

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), "uint8")


@pytest.fixture(params=[False, True], ids=["", "remat"])
def network(request):
    return small_drsi_net(remat=request.param)


def test_a_fresh_network_is_near_and_stays_as_it_is(network):
    before = network.get_weights()
    assert 0 < inference_gap(network, IMAGES) < 3
    for now, then in zip(network.get_weights(), before):
        np.testing.assert_array_equal(now, then)


def test_moving_averages_of_the_batch_close_the_gap(network):
    wide = inference_gap(network, IMAGES)
    _, moved = network.stateless_call(
        network.trainable_variables,
        network.non_trainable_variables,
        IMAGES,
        training=True,
    )
    for average, value in zip(network.non_trainable_variables, moved):
        # What the average moved towards, by 3 %.
        average.assign((value - 0.97 * average) / 0.03)
    assert inference_gap(network, IMAGES) < 0.1 * wide


def test_overflow_is_far(network):
    overflow(network, scale=1e12)
    assert inference_gap(network, IMAGES) > 1e3
    overflow(network, scale=1e38)
    assert not np.isfinite(inference_gap(network, IMAGES))


def test_by_hand():
    """Inference gives 3 and batch statistics 1 everywhere: a gap of 2."""

    class ThreeOrOne(keras.Model):
        def call(self, images, training=None):
            value = 1.0 if training else 3.0
            return {"P3": keras.ops.zeros_like(images) + value}

    assert inference_gap(ThreeOrOne(), np.zeros((1, 2, 2, 3))) == 2.0
