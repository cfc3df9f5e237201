import keras
import pytest

from keras_drsi.checkpoints.soundness import check_sound, first_not_finite
from keras_drsi.errors import InputError
from tests.unsound_networks import copied, overflow, poison, small_drsi_net


@pytest.fixture(scope="module")
def sound():
    return small_drsi_net()


@pytest.fixture
def network(sound):
    return copied(sound)


def test_a_fresh_network_is_sound(sound):
    check_sound(sound, "fresh.keras")
    assert first_not_finite(sound.weights) is None


def test_a_folded_network_is_sound(sound):
    check_sound(sound.fold(), "folded.keras")


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="TensorFlow convolves channels_first on GPUs only",
)
def test_channels_first():
    check_sound(small_drsi_net(data_format="channels_first"), "first.keras")


def test_a_weight_that_is_not_finite_is_named(network):
    poison(network, "stage_2_down/conv/kernel")
    with pytest.raises(
        InputError, match="^a.keras: weights: .* in stage_2_down/conv/kernel"
    ):
        check_sound(network, "a.keras")


def test_a_moving_average_counts_as_a_weight(network):
    poison(network, "stage_4_down/norm/moving_mean")
    with pytest.raises(InputError, match="stage_4_down/norm/moving_mean"):
        check_sound(network, "a.keras")


def test_the_first_layer_that_overflows_is_named(network):
    overflow(network)
    with pytest.raises(
        InputError,
        match="^a.keras: inference: expected finite .* layer stage_3_down ",
    ):
        check_sound(network, "a.keras")
