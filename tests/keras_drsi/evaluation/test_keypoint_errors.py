import numpy as np
import pytest

from keras_drsi.data.coco import read_coco
from keras_drsi.evaluation.keypoint_errors import errors_table, keypoint_errors

NAMES = {"left_wrist": 9, "right_wrist": 10}


@pytest.fixture(scope="module")
def poses(coco_directory):
    return read_coco(coco_directory, "val")


def truth(poses):
    """The true poses as results; the second person of the third image last."""
    return [
        {
            "image_id": image.id,
            "category_id": 1,
            "keypoints": keypoints.astype("float64").ravel().tolist(),
            "score": 1.0,
        }
        for image in poses.images
        for keypoints in image.persons.keypoints
    ]


def moved(entry, keypoint, to):
    keypoints = np.reshape(entry["keypoints"], (-1, 3)).copy()
    keypoints[keypoint, :2] = to
    return {**entry, "keypoints": keypoints.ravel().tolist()}


def point(entry, keypoint):
    return np.reshape(entry["keypoints"], (-1, 3))[keypoint, :2]


def test_the_truth_is_good(poses):
    found, errors = keypoint_errors(poses, truth(poses))
    assert found == 1
    assert all(shares["good"] == 1 for shares in errors.values())


def kind_of(poses, place):
    """What the left wrist of the first person is, moved to a place."""
    results = truth(poses)
    results[0] = moved(results[0], NAMES["left_wrist"], place(results))
    _, errors = keypoint_errors(poses, results)
    shares = errors["left_wrist"]
    assert shares["good"] in (1.0, 1 - 1 / poses.persons_count)
    # No other keypoint changes.
    for name, others in errors.items():
        assert name == "left_wrist" or others["good"] == 1
    kinds = [kind for kind, share in shares.items() if 0 < share < 0.5]
    return kinds[0] if kinds else "good"


def test_a_little_off_is_jitter(poses):
    area = poses.images[1].persons.areas[0]
    deviation = 2 * poses.schema.sigmas[NAMES["left_wrist"]] * np.sqrt(area)
    for distance, kind in ((0.3, "good"), (0.9, "jitter"), (9.0, "miss")):

        def place(results, distance=distance):
            away = np.array([-distance * deviation, 0.0])
            return point(results[0], NAMES["left_wrist"]) + away

        assert kind_of(poses, place) == kind


def test_the_other_side_is_an_inversion(poses):
    def place(results):
        return point(results[0], NAMES["right_wrist"])

    assert kind_of(poses, place) == "inversion"


def test_another_person_is_a_swap(poses):
    # Of the image with two persons, the first one's wrist at the second's.
    results = truth(poses)
    far = point(results[2], NAMES["left_wrist"]) + 40
    results[2] = moved(results[2], NAMES["left_wrist"], far)
    image = poses.images[2]
    image.persons.keypoints[1, NAMES["left_wrist"], :2] = far
    try:
        results[1] = moved(results[1], NAMES["left_wrist"], far)
        _, errors = keypoint_errors(poses, results)
    finally:
        poses.images[2].persons.keypoints[1, NAMES["left_wrist"], :2] = far - 40
    assert errors["left_wrist"]["swap"] == 1 / poses.persons_count


def test_a_person_not_found(poses):
    found, errors = keypoint_errors(poses, truth(poses)[1:])
    assert found == 1 - 1 / poses.persons_count
    assert all(shares["good"] == 1 for shares in errors.values())
    found, errors = keypoint_errors(poses, [])
    assert found == 0
    assert np.isnan(errors["nose"]["good"])
    assert "0.0% of the persons found" in errors_table(found, errors)


def test_the_surest_pose_comes_first(poses):
    results = truth(poses)
    # A worse pose of the same person, less sure, takes nobody's place.
    worse = moved({**results[0], "score": 0.5}, 0, (0, 0))
    _, errors = keypoint_errors(poses, [worse, *results])
    assert errors["nose"]["good"] == 1


def test_table(poses):
    lines = errors_table(*keypoint_errors(poses, truth(poses))).splitlines()
    assert lines[0].startswith("100.0% of the persons")
    assert lines[1].split() == ["good", "jitter", "inversion", "swap", "miss"]
    assert lines[2].split() == ["nose", "100.0%", *["0.0%"] * 4]
    assert len(lines) == 2 + 17
