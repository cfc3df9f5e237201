import numpy as np
import pytest

from keras_drsi.evaluation.similarity import similarity


def test_eq_12():
    keypoints = np.array([[[10.0, 20.0, 2.0], [50.0, 60.0, 1.0]]])
    poses = keypoints[..., :2] + [[[3.0, 4.0], [0.0, 0.0]]]
    found = similarity(poses, keypoints, np.array([900.0]), (0.05, 0.1))
    expected = np.exp(-25 / (2 * 900 * 0.1**2))
    np.testing.assert_allclose(found, [[expected, 1.0]])


def test_a_person_without_area_is_met_exactly_or_not_at_all():
    keypoints = np.array([[[5.0, 5.0], [5.0, 5.0]]])
    poses = np.array([[[5.0, 5.0], [6.0, 5.0]]])
    found = similarity(poses, keypoints, np.zeros(1), (0.1, 0.1))
    assert found[0].tolist() == pytest.approx([1.0, 0.0])
