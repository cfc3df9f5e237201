import types

import numpy as np

from keras_drsi.data.mean_pose import mean_pose
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
