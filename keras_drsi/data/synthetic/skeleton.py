"""Forward kinematics: a body and joint angles become joints in space."""

import dataclasses

import numpy as np

from keras_drsi.data.synthetic.pose import SIDES
from keras_drsi.data.synthetic.rotation import about_x, about_y, about_z


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """Joints of one posed person, as a camera sees them.

    Axes: x to the right of the image, y up, z towards the camera; metres.
    The origin lies on the ground under the pelvis.

    Args:
        joints: dict from joint name to its position, shape (3,).
        frames: dict from bone name to a rotation matrix (3, 3), whose
            columns are the bone's own left, up and ahead.
    """

    joints: dict
    frames: dict


def pose_skeleton(body, pose, yaw=0.0, pitch=0.0, lift=0.0):
    """Puts a body into a pose and turns it before the camera.

    Args:
        body: `Body`.
        pose: angles as `sample_pose` gives them, in degrees.
        yaw: turn about the vertical in degrees; 0 faces the camera, 90
            looks to the right of the image, 180 shows the back.
        pitch: degrees by which the camera looks down.
        lift: height of the lowest point above the ground, in metres.

    Returns:
        `Skeleton`.
    """
    joints, frames = {"pelvis": np.zeros(3)}, {}
    frames["pelvis"] = about_x(pose["pelvis_lean"])
    frames["chest"] = (
        frames["pelvis"]
        @ about_x(pose["spine_flexion"])
        @ about_z(pose["spine_bend"])
        @ about_y(pose["spine_twist"])
    )
    frames["head"] = (
        frames["chest"]
        @ about_x(pose["neck_flexion"])
        @ about_z(pose["neck_bend"])
        @ about_y(pose["neck_turn"])
    )
    # The spine bends in its lower half.
    joints["waist"] = frames["pelvis"] @ (0, 0.4 * body.spine, 0)
    joints["neck"] = joints["waist"] + frames["chest"] @ (
        (0, 0.6 * body.spine, 0)
    )
    joints["chin"] = joints["neck"] + _half_way(frames, body.neck)
    joints["head"] = joints["chin"] + frames["head"] @ (
        (0, 0.46 * body.head, 0.08 * body.head)
    )
    for side, sign in zip(SIDES, (1, -1)):
        _hang_arm(joints, frames, body, pose, side, sign)
        _hang_leg(joints, frames, body, pose, side, sign)
    return _before_camera(joints, frames, body, yaw, pitch, lift)


def _half_way(frames, length):
    """The neck leans half as far as the head."""
    up = frames["chest"][:, 1] + frames["head"][:, 1]
    return length * up / np.linalg.norm(up)


def _hang_arm(joints, frames, body, pose, side, sign):
    angle = _angles_of(pose, side)
    upper = (
        frames["chest"]
        @ about_z(sign * angle("shoulder_abduction"))
        @ about_x(-angle("shoulder_flexion"))
        @ about_y(-sign * angle("shoulder_rotation"))
    )
    lower = upper @ about_x(-angle("elbow_flexion"))
    # Raising an arm lifts its shoulder.
    raised = max(0.0, angle("shoulder_abduction") - 60) / 110
    drop = body.shoulders * (0.48 - 0.56 * raised)
    reach = body.shoulders * (0.95 - 0.12 * raised)
    joints[f"{side}_shoulder"] = joints["neck"] + frames["chest"] @ (
        (sign * reach, -drop, 0)
    )
    frames[f"{side}_upper_arm"], frames[f"{side}_forearm"] = upper, lower
    for name, parent, frame, length in (
        ("elbow", "shoulder", upper, body.upper_arm),
        ("wrist", "elbow", lower, body.forearm),
        ("fingers", "wrist", lower, body.hand),
    ):
        start = joints[f"{side}_{parent}"]
        joints[f"{side}_{name}"] = start - length * frame[:, 1]


def _hang_leg(joints, frames, body, pose, side, sign):
    angle = _angles_of(pose, side)
    thigh = (
        frames["pelvis"]
        @ about_z(sign * angle("hip_abduction"))
        @ about_x(-angle("hip_flexion"))
        @ about_y(-sign * angle("hip_rotation"))
    )
    shin = thigh @ about_x(angle("knee_flexion"))
    foot = shin @ about_x(-angle("ankle_flexion"))
    for name, frame in (("thigh", thigh), ("shin", shin), ("foot", foot)):
        frames[f"{side}_{name}"] = frame
    hip = frames["pelvis"] @ (sign * body.hips, 0, 0)
    knee = hip - body.thigh * thigh[:, 1]
    ankle = knee - body.shin * shin[:, 1]
    joints[f"{side}_hip"], joints[f"{side}_knee"] = hip, knee
    joints[f"{side}_ankle"] = ankle
    low = 0.6 * body.ankle
    joints[f"{side}_heel"] = ankle + foot @ (0, -low, -0.18 * body.foot)
    joints[f"{side}_toes"] = ankle + foot @ (0, -low, 0.70 * body.foot)


def _angles_of(pose, side):
    return lambda name: pose[f"{side}_{name}"]


def _before_camera(joints, frames, body, yaw, pitch, lift):
    lowest = min(joint[1] for joint in joints.values()) - 0.4 * body.ankle
    ground = np.array([0.0, lowest - lift, 0.0])
    turn = about_x(pitch) @ about_y(yaw)
    return Skeleton(
        {name: turn @ (joint - ground) for name, joint in joints.items()},
        {name: turn @ frame for name, frame in frames.items()},
    )
