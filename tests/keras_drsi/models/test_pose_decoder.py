import keras
import numpy as np
import pytest

from keras_drsi.models.pose_decoder import PoseDecoder
from tests.random_norms import random_network


@pytest.fixture(scope="module")
def network():
    network = random_network(input_size=64, keypoints=2, score_threshold=0.0)
    return network


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("f")


def assert_equal(actual, expected):
    assert set(actual) == set(expected)
    for name in expected:
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(actual[name]),
            expected[name],
            rtol=1e-4,
            atol=1e-3,
        )


def test_calls_give_what_predict_gives(network, images):
    expected = network.predict(images, verbose=0)
    assert expected["count"].min() > 0
    model = PoseDecoder(network)
    assert_equal(model(images), expected)
    assert_equal(model.predict(images, verbose=0), expected)


def test_saves_and_loads(network, images, tmp_path):
    model = PoseDecoder(network)
    expected = model.predict(images, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.saving.load_model(tmp_path / "model.keras")
    assert_equal(restored.predict(images, verbose=0), expected)
