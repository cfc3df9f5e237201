import numpy as np
import pytest

from keras_drsi.evaluation.pose_distance import pose_distance


def poses(*lefts):
    """An image of people, each 10 pixels wide, with two keypoints."""
    boxes, points = np.zeros((1, 4, 4)), np.zeros((1, 4, 2, 3))
    for row, x in enumerate(lefts):
        boxes[0, row] = x, 5, x + 10, 25
        points[0, row] = (x, 5, 0.9), (x + 9, 20, 0.1)
    count = np.array([len(lefts)])
    return {"boxes": boxes, "keypoints": points, "count": count}


def test_order_does_not_matter():
    assert pose_distance(poses(0, 30), poses(30, 0)) == 0


def test_the_farthest_pose_counts():
    assert pose_distance(poses(0, 30), poses(0.5, 32)) == pytest.approx(2)


def test_a_pose_twice_is_not_two_poses():
    assert pose_distance(poses(0, 30), poses(0, 0)) == pytest.approx(30)


def test_a_keypoint_alone_counts():
    other = poses(0, 30)
    other["keypoints"][0, 1, 1, 1] += 3
    assert pose_distance(poses(0, 30), other) == pytest.approx(3)


def test_another_number():
    assert pose_distance(poses(0), poses(0, 30)) == np.inf
    assert pose_distance(poses(), poses()) == 0


def test_no_number_is_noticed():
    broken = poses(0)
    broken["boxes"][0, 0, 0] = np.nan
    assert np.isnan(pose_distance(poses(0), broken))
