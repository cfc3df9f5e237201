"""Predictions become COCO results in the pixels of the image file."""

import numpy as np
import pytest

from keras_drsi.geometry.letterbox import Letterbox
from keras_drsi.metrics.coco_results import POSES_PER_IMAGE, coco_results

K = 3


def predictions(images=2, poses=4):
    rng = np.random.default_rng(2)
    corners = rng.uniform(0, 100, (images, poses, 2))
    return {
        "boxes": np.concatenate([corners, corners + 30], axis=-1),
        "scores": np.tile(np.linspace(0.9, 0.1, poses), (images, 1)),
        "keypoints": rng.uniform(0, 100, (images, poses, K, 3)),
        "count": np.array([poses] * images, "int32"),
    }


LETTERBOXES = [Letterbox(640, 480, 320), Letterbox(100, 200, 320)]


def test_coordinates_are_those_of_the_file():
    found = predictions()
    results = coco_results(found, [5, 9], LETTERBOXES, category_id=2)
    assert [r["image_id"] for r in results] == [5] * 4 + [9] * 4
    for entry, (row, pose) in zip(results, np.ndindex(2, 4)):
        scale = LETTERBOXES[row].scale
        keypoints = np.reshape(entry["keypoints"], (K, 3))
        expected = found["keypoints"][row, pose]
        np.testing.assert_allclose(keypoints[:, :2] * scale, expected[:, :2])
        np.testing.assert_allclose(keypoints[:, 2], expected[:, 2])
        x, y, width, height = np.array(entry["bbox"]) * scale
        np.testing.assert_allclose(
            [x, y, x + width, y + height], found["boxes"][row, pose]
        )
        assert entry["score"] == found["scores"][row, pose]
        assert entry["category_id"] == 2


def test_rows_beyond_the_count_and_padded_images_are_left_out():
    found = predictions()
    found["count"][:] = [1, 3]
    assert len(coco_results(found, [5, 9], LETTERBOXES)) == 4
    assert len(coco_results(found, [5], LETTERBOXES[:1])) == 1


def test_at_most_twenty_poses_of_an_image_are_kept():
    results = coco_results(predictions(1, 30), [5], LETTERBOXES)
    assert len(results) == POSES_PER_IMAGE
    assert min(r["score"] for r in results) > 0.35


def test_non_finite_poses_are_left_out_with_a_warning():
    found = predictions(1)
    found["keypoints"][0, 1, 2, 0] = np.nan
    found["scores"][0, 3] = np.inf
    with pytest.warns(UserWarning, match="2 poses"):
        results = coco_results(found, [5], LETTERBOXES)
    assert [r["score"] for r in results] == list(found["scores"][0, [0, 2]])
