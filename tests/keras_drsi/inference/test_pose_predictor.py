import cv2
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.geometry.letterbox import Letterbox
from keras_drsi.inference import PosePredictor
from tests.random_norms import random_network

SIZE = (64, 128)


@pytest.fixture(scope="module")
def model():
    model = random_network(
        input_size=SIZE, keypoints=3, score_threshold=0.0, max_poses=4
    )
    return model


def random_image(seed, height, width):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), "uint8")


def test_poses_are_those_of_the_network_in_the_images_pixels(model):
    image = random_image(0, 100, 90)
    letterbox = Letterbox(90, 100, SIZE)
    network = model.fold()
    poses = network.predict(letterbox.apply_image(image)[None], verbose=0)
    (result,) = PosePredictor(model, score_threshold=0).predict(image)
    assert len(result) == poses["count"][0] > 0
    scale = 100 / 64
    np.testing.assert_allclose(
        result.boxes, poses["boxes"][0, : len(result)] * scale, rtol=1e-5
    )
    np.testing.assert_allclose(
        result.keypoints,
        poses["keypoints"][0, : len(result)] * (scale, scale, 1),
        rtol=1e-5,
    )
    assert result.keypoint("keypoint_1").shape == (len(result), 3)


def test_batches_keep_order_and_results(model):
    images = [random_image(n, 60 + 10 * n, 80) for n in range(5)]
    one = PosePredictor(model, score_threshold=0).predict(images)
    three = PosePredictor(model, score_threshold=0, batch_size=3)
    for alone, together in zip(one, three.stream(images), strict=True):
        assert alone.name == together.name
        np.testing.assert_array_equal(alone.image, together.image)
        np.testing.assert_allclose(alone.scores, together.scores, atol=1e-5)
        np.testing.assert_allclose(alone.boxes, together.boxes, atol=1e-2)


def test_only_scores_above_the_threshold(model):
    image = random_image(1, 64, 128)
    (every,) = PosePredictor(model, score_threshold=0).predict(image)
    threshold = float(every.scores[1])
    (some,) = PosePredictor(model, score_threshold=threshold).predict(image)
    np.testing.assert_array_equal(some.scores, every.scores[:2])


def test_flip_test_gives_a_mirrored_image_the_mirrored_scores(model):
    image = random_image(2, 64, 128)
    predictor = PosePredictor(model, score_threshold=0, flip_test=True)
    plain, mirrored = predictor.predict([image, image[:, ::-1].copy()])
    np.testing.assert_allclose(plain.scores, mirrored.scores, atol=1e-6)


def test_reads_weights_and_images_from_files(model, tmp_path):
    model.save(tmp_path / "model.keras")
    image = random_image(3, 64, 128)
    cv2.imwrite(str(tmp_path / "image.png"), image[..., ::-1])
    from_file = PosePredictor(tmp_path / "model.keras", score_threshold=0)
    (expected,) = PosePredictor(model, score_threshold=0).predict(image)
    (result,) = from_file.predict(tmp_path / "image.png")
    np.testing.assert_allclose(result.scores, expected.scores, atol=1e-6)


def test_warns_of_an_image_it_skips(model, tmp_path):
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), random_image(4, 64, 64))
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8\xffbroken")
    with pytest.warns(UserWarning, match="c.jpg"):
        results = PosePredictor(model).predict(tmp_path)
    assert len(results) == 2


def test_nonsense_is_refused(model, tmp_path):
    with pytest.raises(InputError, match="score_threshold"):
        PosePredictor(model, score_threshold=3)
    with pytest.raises(InputError, match="batch_size"):
        PosePredictor(model, batch_size=0)
    with pytest.raises(InputError, match="none.keras"):
        PosePredictor(tmp_path / "none.keras")
