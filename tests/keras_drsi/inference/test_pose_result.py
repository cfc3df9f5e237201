import json

import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.inference import PoseResult
from keras_drsi.inference.visualize import draw_poses
from keras_drsi.keypoints import KeypointSchema

SCHEMA = KeypointSchema(
    names=("tip", "end"), sigmas=(0.05, 0.05), skeleton=(("tip", "end"),)
)


@pytest.fixture
def result():
    return PoseResult(
        image=np.full((50, 80, 3), 90, "uint8"),
        name="image.jpg",
        boxes=np.array([[10, 5, 40, 45], [50, 5, 70, 45]], "float32"),
        scores=np.array([0.75, 0.5], "float32"),
        keypoints=np.array(
            [
                [[12, 8, 1], [30, 40, 0.25]],
                [[55, 8, 1], [60, 40, 0.5]],
            ],
            "float32",
        ),
        schema=SCHEMA,
    )


def test_counts_and_names(result):
    assert len(result) == 2
    assert result.image_size == (50, 80)
    assert repr(result) == "PoseResult(image.jpg, 80 x 50, 2 poses)"
    np.testing.assert_array_equal(
        result.keypoint("end"), [[30, 40, 0.25], [60, 40, 0.5]]
    )
    with pytest.raises(InputError, match="one of tip, end, got 'nose'"):
        result.keypoint("nose")


def test_plots_what_draw_poses_draws(result):
    poses = {
        "boxes": result.boxes,
        "scores": result.scores,
        "keypoints": result.keypoints,
    }
    expected = draw_poses(result.image, poses, SCHEMA, boxes=True)
    drawing = result.plot(boxes=True)
    np.testing.assert_array_equal(drawing, expected)
    assert (drawing != result.image).any()


def test_json_keeps_uncertain_keypoints_and_their_confidence(result):
    content = json.loads(json.dumps(result.to_json()))
    assert (content["width"], content["height"]) == (80, 50)
    assert content["poses"][0] == {
        "score": 0.75,
        "box": [10, 5, 40, 45],
        "keypoints": {"tip": [12, 8, 1], "end": [30, 40, 0.25]},
    }


def test_coco_results(result):
    entries = json.loads(json.dumps(result.to_coco(image_id=7)))
    assert entries[1] == {
        "image_id": 7,
        "category_id": 1,
        "score": 0.5,
        "bbox": [50, 5, 20, 40],
        "keypoints": [55, 8, 1, 60, 40, 0.5],
    }
