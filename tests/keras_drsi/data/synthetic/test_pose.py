import numpy as np
import pytest

from keras_drsi.data.synthetic.pose import (
    ACTIVITIES,
    LIMBS,
    SIDES,
    TRUNK,
    limits_of,
    sample_pose,
)
from keras_drsi.errors import InputError


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_angles_stay_within_the_limits(activity):
    names = {f"{side}_{name}" for side in SIDES for name in LIMBS} | set(TRUNK)
    for seed in range(100):
        pose = sample_pose(np.random.default_rng(seed), activity)
        assert set(pose) == names
        for name, angle in pose.items():
            low, high = limits_of(name)
            assert low <= angle <= high, name


def test_frequencies_add_up():
    assert sum(chance for chance, _ in ACTIVITIES.values()) == pytest.approx(1)


def test_sitting_bends_hips_and_knees_and_standing_does_not():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        sitting, standing = (
            sample_pose(rng, "sitting"),
            sample_pose(rng, "standing"),
        )
        for side in SIDES:
            assert sitting[f"{side}_hip_flexion"] > 70
            assert sitting[f"{side}_knee_flexion"] > 45
            assert standing[f"{side}_hip_flexion"] < 25


def test_walking_swings_opposite_arm_and_leg():
    for seed in range(50):
        pose = sample_pose(np.random.default_rng(seed), "walking")
        arms, legs = (
            pose[f"left_{joint}_flexion"] - pose[f"right_{joint}_flexion"]
            for joint in ("shoulder", "hip")
        )
        # A waving arm does not swing.
        if max(pose[f"{s}_shoulder_abduction"] for s in SIDES) < 30:
            assert arms * legs <= 0 or abs(legs) < 15


def test_unknown_activity_is_refused():
    with pytest.raises(InputError, match="'flying'"):
        sample_pose(np.random.default_rng(0), "flying")
