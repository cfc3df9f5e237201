import dataclasses
import types

import numpy as np

from keras_drsi.data.coco import read_coco
from keras_drsi.data.mean_pose import mean_pose
from keras_drsi.data.mixture import Mixture
from keras_drsi.data.persons import Persons


def test_mean_over_labelled_keypoints():
    boxes = np.array([[0, 0, 10, 20], [10, 10, 30, 20]], "float32")
    keypoints = np.array(
        [[[5, 10, 2], [10, 0, 1]], [[20, 15, 2], [0, 0, 0]]], "float32"
    )
    areas = np.ones(2, "float32")
    image = types.SimpleNamespace(persons=Persons(boxes, keypoints, areas))
    poses = types.SimpleNamespace(images=[image])
    np.testing.assert_allclose(mean_pose(poses), [[0, 0], [0.5, -0.5]])


def test_persons_of_a_mixture_weigh_by_their_share(coco_directory):
    poses = read_coco(coco_directory, "val")
    left, right = (
        dataclasses.replace(poses, images=poses.images[place])
        for place in (slice(1, 2), slice(2, 4))  # 1 and 2 + 3 persons
    )
    mixture = Mixture((left, right), (0.25, 0.75))
    # Of four images one is the left one, with one person each time, and three
    # are one of the right ones, with 2.5 persons on average.
    expected = (mean_pose(left) + 3 * 2.5 * mean_pose(right)) / 8.5
    np.testing.assert_allclose(mean_pose(mixture), expected, atol=1e-6)
    assert np.abs(mean_pose(left) - mean_pose(right)).max() > 0.01
