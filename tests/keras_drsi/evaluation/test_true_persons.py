"""OKS and PCK of matched persons, computed by hand."""

import math

import numpy as np
import pytest

from keras_drsi.evaluation.true_persons import TruePersons
from keras_drsi.keypoints import KeypointSchema

NAMES = ("left_shoulder", "left_hip", "tail")
SCHEMA = KeypointSchema(NAMES, (0.1, 0.2, 0.25))

KEYPOINTS = np.array(
    [
        # A torso of 50: PCK reaches 10 pixels.
        [[0, 0, 2], [30, 40, 2], [10, 10, 1]],
        # No hip: a third of the box of 90 x 60, so 6 pixels.
        [[5, 5, 2], [0, 0, 0], [50, 50, 2]],
    ],
    float,
)
BOXES = np.array([[0, 0, 30, 40], [0, 0, 90, 60]], float)
AREAS = np.array([1000.0, 2000.0])
POSES = np.array(
    [[[6, 8], [30, 51], [10, 10]], [[5, 10], [999, 999], [56.5, 50]]], float
)


@pytest.fixture
def persons():
    return TruePersons(SCHEMA, KEYPOINTS, BOXES, AREAS)


def test_oks(persons):
    # exp(-d^2 / (2 area (2 sigma)^2)), by keypoint.
    first = (
        math.exp(-(10**2) / (2 * 1000 * 0.2**2))
        + math.exp(-(11**2) / (2 * 1000 * 0.4**2))
        + 1.0
    ) / 3
    second = (
        math.exp(-(5**2) / (2 * 2000 * 0.2**2))
        + math.exp(-(6.5**2) / (2 * 2000 * 0.5**2))
    ) / 2
    assert persons.mean_oks(POSES) == pytest.approx((first + second) / 2)


def test_pck(persons):
    overall, shares = persons.pck(POSES)
    # Distances 10, 11 and 0 against 10; 5 and 6.5 against 6.
    assert shares == {"left_shoulder": 1.0, "left_hip": 0.0, "tail": 0.5}
    assert overall == 3 / 5


def test_the_longer_side_of_a_body_is_its_torso():
    schema = KeypointSchema(
        ("left_shoulder", "left_hip", "right_shoulder", "right_hip"), [0.1] * 4
    )
    keypoints = np.array(
        [[[0, 0, 2], [0, 10, 2], [20, 0, 2], [20, 30, 2]]], float
    )
    persons = TruePersons(schema, keypoints, BOXES[:1], AREAS[:1])
    moved = keypoints[..., :2] + [[6, 0], [6.1, 0], [0, 0], [0, 0]]
    assert persons.pck(moved)[0] == 3 / 4  # 0.2 of 30


def test_other_keypoints_have_a_third_of_the_box():
    schema = KeypointSchema(("tip", "left_barb"), (0.1, 0.1))
    keypoints = np.array([[[10, 10, 2], [20, 20, 2]]], float)
    persons = TruePersons(schema, keypoints, BOXES[1:], AREAS[1:])
    assert persons.pck(np.array([[[16, 10], [20, 26.1]]]))[0] == 1 / 2


def test_nobody_has_zeros(persons):
    nobody = persons.take(np.zeros(0, int))
    assert nobody.mean_oks(np.zeros((0, 3, 2))) == 0.0
    overall, shares = nobody.pck(np.zeros((0, 3, 2)))
    assert overall == 0.0 and shares == dict.fromkeys(NAMES, 0.0)
