import numpy as np
import pytest

from keras_drsi.data.synthetic.body import Body
from keras_drsi.data.synthetic.pose import LIMBS, SIDES, TRUNK, sample_pose
from keras_drsi.data.synthetic.skeleton import pose_skeleton

UPRIGHT = dict.fromkeys(TRUNK, 0.0) | {
    f"{side}_{name}": 0.0 for side in SIDES for name in LIMBS
}


def sample(seed):
    rng = np.random.default_rng(seed)
    body, pose = Body.sample(rng), sample_pose(rng)
    yaw, pitch = rng.uniform(-180, 180), rng.uniform(-10, 15)
    return body, pose, pose_skeleton(body, pose, yaw, pitch)


def bend(joints, first, middle, last):
    """Degrees between two bones, 0 when they are in line."""
    a, b = joints[middle] - joints[first], joints[last] - joints[middle]
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


@pytest.mark.parametrize("seed", range(25))
def test_bones_have_the_lengths_of_the_body(seed):
    body, _, skeleton = sample(seed)
    joints = skeleton.joints
    for side in SIDES:
        for start, end, length in (
            ("shoulder", "elbow", body.upper_arm),
            ("elbow", "wrist", body.forearm),
            ("hip", "knee", body.thigh),
            ("knee", "ankle", body.shin),
        ):
            bone = joints[f"{side}_{end}"] - joints[f"{side}_{start}"]
            assert np.linalg.norm(bone) == pytest.approx(length)
    hips = joints["left_hip"] - joints["right_hip"]
    assert np.linalg.norm(hips) == pytest.approx(2 * body.hips)


@pytest.mark.parametrize("seed", range(25))
def test_knees_and_elbows_bend_by_their_angle_and_the_right_way(seed):
    _, pose, skeleton = sample(seed)
    joints, frames = skeleton.joints, skeleton.frames
    for side in SIDES:
        knee = bend(joints, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        elbow = bend(
            joints, f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"
        )
        assert knee == pytest.approx(pose[f"{side}_knee_flexion"], abs=1e-4)
        assert elbow == pytest.approx(pose[f"{side}_elbow_flexion"], abs=1e-4)
        # The shin folds behind the thigh, the forearm before the upper arm.
        shin = joints[f"{side}_ankle"] - joints[f"{side}_knee"]
        forearm = joints[f"{side}_wrist"] - joints[f"{side}_elbow"]
        assert shin @ frames[f"{side}_thigh"][:, 2] <= 1e-9
        assert forearm @ frames[f"{side}_upper_arm"][:, 2] >= -1e-9


def test_upright_person_facing_the_camera():
    body = Body.sample(np.random.default_rng(1))
    joints = pose_skeleton(body, UPRIGHT).joints
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        left, right = joints[f"left_{joint}"], joints[f"right_{joint}"]
        assert left[0] > 0 > right[0]
        np.testing.assert_allclose(left[1:], right[1:], atol=1e-9)
    assert joints["left_toes"][2] > joints["left_heel"][2]
    assert joints["head"][1] + 0.54 * body.head == pytest.approx(
        body.stature, rel=0.05
    )


def test_yaw_turns_to_the_right_of_the_image_and_then_to_the_back():
    body = Body.sample(np.random.default_rng(1))
    right = pose_skeleton(body, UPRIGHT, yaw=90).joints
    assert right["left_toes"][0] > right["left_heel"][0]
    assert right["right_hip"][2] > right["left_hip"][2]
    back = pose_skeleton(body, UPRIGHT, yaw=180).joints
    assert back["left_hip"][0] < back["right_hip"][0]


@pytest.mark.parametrize("name, axis, sign", (
    ("left_shoulder_flexion", 2, 1),
    ("left_shoulder_abduction", 0, 1),
    ("right_shoulder_abduction", 0, -1),
    ("left_hip_flexion", 2, 1),
    ("right_hip_abduction", 0, -1),
))  # fmt: skip
def test_limbs_move_as_the_angle_says(name, axis, sign):
    side, joint, _ = name.split("_")
    tip = {"shoulder": f"{side}_wrist", "hip": f"{side}_ankle"}[joint]
    body = Body.sample(np.random.default_rng(2))
    moved = pose_skeleton(body, UPRIGHT | {name: 30.0}).joints
    rest = pose_skeleton(body, UPRIGHT).joints
    root = f"{side}_{joint}"
    reach = (moved[tip] - moved[root]) - (rest[tip] - rest[root])
    assert sign * reach[axis] > 0.1


def test_somebody_stands_on_the_ground_and_jumps_above_it():
    body, pose, skeleton = sample(3)
    lowest = {
        lift: min(
            joint[1]
            for joint in pose_skeleton(body, pose, lift=lift).joints.values()
        )
        for lift in (0.0, 0.3)
    }
    assert 0 < lowest[0.0] < body.ankle
    assert lowest[0.3] == pytest.approx(lowest[0.0] + 0.3)
