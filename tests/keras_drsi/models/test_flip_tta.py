import keras
import numpy as np
import pytest

from keras_drsi.models.flip_tta import FlipTTA
from tests.random_norms import random_network

SIZE = 64


@pytest.fixture(scope="module")
def network():
    # Fresh weights give the same pose everywhere, with the same score.
    network = random_network(input_size=SIZE, score_threshold=0.0, max_poses=2)
    return network


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3))


def test_a_mirrored_image_has_the_mirrored_poses(network, images):
    model = FlipTTA(network)
    plain = model.predict(images, verbose=0)
    mirrored = model.predict(images[:, :, ::-1], verbose=0)
    flip_index = list(network.keypoints.flip_index)
    np.testing.assert_allclose(mirrored["scores"], plain["scores"], atol=1e-6)
    expected = plain["keypoints"][:, :, flip_index] * (-1, 1, 1) + (SIZE, 0, 0)
    assert np.diff(plain["scores"]).max() < -1e-3  # no ties
    np.testing.assert_allclose(mirrored["keypoints"], expected, atol=0.01)


def test_saves_and_loads(network, images, tmp_path):
    model = FlipTTA(network)
    expected = model.predict(images, verbose=0)
    model.save(tmp_path / "flip.keras")
    again = keras.saving.load_model(tmp_path / "flip.keras")
    actual = again.predict(images, verbose=0)
    np.testing.assert_allclose(actual["boxes"], expected["boxes"], atol=1e-4)
