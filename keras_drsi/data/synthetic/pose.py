"""What a person does: joint angles within the limits of a living body."""

import math

from keras_drsi.errors import InputError

# Degrees. Flexion of hip and shoulder moves the limb ahead, abduction away
# from the trunk, rotation turns it inward. Knee and elbow bend one way only.
LIMITS = {
    "hip_flexion": (-30, 120),
    "hip_abduction": (-12, 45),
    "hip_rotation": (-45, 35),
    "knee_flexion": (0, 145),
    "ankle_flexion": (-40, 30),
    "shoulder_flexion": (-50, 175),
    "shoulder_abduction": (-5, 172),
    "shoulder_rotation": (-90, 85),
    "elbow_flexion": (0, 148),
    "pelvis_lean": (-10, 40),
    "spine_flexion": (-20, 45),
    "spine_bend": (-20, 20),
    "spine_twist": (-30, 30),
    "neck_flexion": (-30, 40),
    "neck_bend": (-25, 25),
    "neck_turn": (-65, 65),
}
SIDES = ("left", "right")
TRUNK = tuple(n for n in LIMITS if n.startswith(("pelvis", "spine", "neck")))
LIMBS = tuple(name for name in LIMITS if name not in TRUNK)
# name: (angles missing here are zero, each drawn as uniform(low, high))
_GESTURES = {
    "hanging": dict(
        shoulder_flexion=(-12, 15),
        shoulder_abduction=(5, 18),
        shoulder_rotation=(-10, 35),
        elbow_flexion=(3, 35),
    ),
    "hand_on_hip": dict(
        shoulder_flexion=(-28, -8),
        shoulder_abduction=(35, 55),
        shoulder_rotation=(55, 80),
        elbow_flexion=(80, 105),
    ),
    "waving": dict(
        shoulder_flexion=(0, 20),
        shoulder_abduction=(55, 110),
        shoulder_rotation=(-90, -55),
        elbow_flexion=(50, 115),
    ),
    "raised": dict(
        shoulder_flexion=(0, 15),
        shoulder_abduction=(125, 170),
        shoulder_rotation=(-70, -20),
        elbow_flexion=(3, 45),
    ),
    "reaching": dict(
        shoulder_flexion=(55, 110),
        shoulder_abduction=(0, 30),
        shoulder_rotation=(-20, 20),
        elbow_flexion=(5, 50),
    ),
    "spread": dict(
        shoulder_flexion=(-5, 20),
        shoulder_abduction=(65, 100),
        shoulder_rotation=(-40, 0),
        elbow_flexion=(3, 30),
    ),
    "looking_at_phone": dict(
        shoulder_flexion=(20, 45),
        shoulder_abduction=(3, 18),
        shoulder_rotation=(10, 40),
        elbow_flexion=(85, 125),
    ),
    "folded": dict(
        shoulder_flexion=(20, 32),
        shoulder_abduction=(8, 18),
        shoulder_rotation=(58, 75),
        elbow_flexion=(92, 108),
    ),
    "in_lap": dict(
        shoulder_flexion=(10, 30),
        shoulder_abduction=(5, 15),
        shoulder_rotation=(5, 40),
        elbow_flexion=(40, 75),
    ),
}
_CHANCES = {
    "standing": {
        "hanging": 0.46,
        "hand_on_hip": 0.12,
        "waving": 0.10,
        "raised": 0.10,
        "reaching": 0.06,
        "spread": 0.06,
        "looking_at_phone": 0.10,
    },
    "sitting": {"in_lap": 0.7, "looking_at_phone": 0.15, "waving": 0.15},
    "crouching": {"reaching": 0.5, "in_lap": 0.4, "raised": 0.1},
}


def sample_pose(rng, activity=None):
    """Draws the joint angles of a natural pose.

    Args:
        rng: `numpy.random.Generator`.
        activity: one of `ACTIVITIES`, drawn by its frequency if None.

    Returns:
        dict from angle name to degrees: every name of `TRUNK`, and every
        name of `LIMBS` once with the prefix "left_" and once "right_".
    """
    if activity is None:
        names, chances = zip(*((n, c) for n, (c, _) in ACTIVITIES.items()))
        activity = names[rng.choice(len(names), p=chances)]
    if activity not in ACTIVITIES:
        raise InputError(
            f"activity must be one of {tuple(ACTIVITIES)}, got {activity!r}."
        )
    pose = dict.fromkeys(TRUNK, 0.0)
    pose |= {f"{side}_{name}": 0.0 for side in SIDES for name in LIMBS}
    pose |= {
        "spine_bend": rng.normal(0, 3),
        "spine_twist": rng.normal(0, 6),
        "spine_flexion": rng.normal(2, 4),
        "neck_flexion": rng.normal(3, 7),
        "neck_bend": rng.normal(0, 5),
        "neck_turn": rng.normal(0, 18),
    }
    pose |= ACTIVITIES[activity][1](rng)
    for side in SIDES:
        pose[f"{side}_ankle_flexion"] += pose["pelvis_lean"]
    return {name: _limited(name, value) for name, value in pose.items()}


def limits_of(name):
    """The lowest and highest angle of `name`, with or without its side."""
    for side in SIDES:
        name = name.removeprefix(f"{side}_")
    return LIMITS[name]


def _limited(name, value):
    low, high = limits_of(name)
    return min(max(float(value), low), high)


def _standing(rng):
    pose = _arms(rng, "standing")
    weight = rng.choice(SIDES)
    for side in SIDES:
        relaxed = 0 if side == weight else 1
        flexion = rng.uniform(-4, 4) + relaxed * rng.uniform(0, 16)
        knee = relaxed * rng.uniform(0, 28) + rng.uniform(0, 5)
        abduction = rng.uniform(1, 13)
        pose |= _leg(side, flexion, knee, abduction, rng.uniform(-20, 0))
    return pose


def _waiting(rng):
    """Standing with hanging arms."""
    pose = _standing(rng)
    for side in SIDES:
        pose |= _gesture(rng, side, "hanging")
    return pose


def _walking(rng):
    return _gait(rng, stride=rng.uniform(16, 28), lift=45, elbow=(10, 40))


def _running(rng):
    pose = _gait(rng, stride=rng.uniform(32, 48), lift=95, elbow=(70, 105))
    return pose | {"pelvis_lean": rng.uniform(3, 14)}


def _gait(rng, stride, lift, elbow):
    """One instant of a cyclic gait; opposite arm and leg swing together."""
    phase = rng.uniform(0, 2 * math.pi)
    pose = {"spine_twist": 0.25 * stride * math.sin(phase)}
    for side, angle in zip(SIDES, (phase, phase + math.pi)):
        swing = math.sin(angle)
        # The knee folds while its leg comes forward.
        folded = max(0.0, math.cos(angle)) ** 1.5
        flexion = stride * (swing + 0.25) + 0.25 * lift * folded
        knee = 6 + lift * folded + 0.2 * stride * max(0.0, -swing)
        pose |= _leg(side, flexion, knee, rng.uniform(0, 5), 0)
        pose |= {
            f"{side}_shoulder_flexion": -1.0 * stride * swing,
            f"{side}_shoulder_abduction": rng.uniform(5, 16),
            f"{side}_shoulder_rotation": rng.uniform(5, 25),
            f"{side}_elbow_flexion": rng.uniform(*elbow) - 8 * swing,
        }
    if rng.random() < 0.12:
        pose |= _gesture(rng, rng.choice(SIDES), "waving")
    return pose


def _sitting(rng):
    pose = _arms(rng, "sitting")
    pose |= {
        "pelvis_lean": rng.uniform(-8, 8),
        "spine_flexion": rng.uniform(0, 18),
    }
    for side in SIDES:
        flexion = rng.uniform(76, 96)
        knee = flexion + rng.uniform(-25, 10)
        pose |= _leg(side, flexion, knee, rng.uniform(3, 20), 0)
    return pose


def _crouching(rng):
    depth = rng.uniform(0.55, 1.0)
    lean = rng.uniform(12, 30)
    pose = _arms(rng, "crouching") | {
        "pelvis_lean": lean * depth,
        "spine_flexion": rng.uniform(5, 25),
        "neck_flexion": rng.uniform(-25, 0),
    }
    for side in SIDES:
        knee = 130 * depth + rng.uniform(-8, 8)
        flexion = 0.6 * knee + 0.6 * lean + rng.uniform(-5, 8)
        pose |= _leg(side, flexion, knee, rng.uniform(6, 22), -10)
    return pose


def _jumping(rng):
    pose = {}
    for side in SIDES:
        pose |= _gesture(
            rng, side, "raised" if rng.random() < 0.7 else "spread"
        )
        flexion = rng.uniform(0, 45)
        knee = flexion + rng.uniform(10, 70)
        pose |= _leg(side, flexion, knee, rng.uniform(5, 28), -5)
        pose[f"{side}_ankle_flexion"] = -30
    return pose


def _arms(rng, activity):
    gestures = _CHANCES[activity]
    names, chances = tuple(gestures), tuple(gestures.values())
    if activity == "standing" and rng.random() < 0.08:
        names, chances = ("folded",), (1.0,)
    first = names[rng.choice(len(names), p=chances)]
    second = first
    if rng.random() < 0.6 and first != "folded":
        second = names[rng.choice(len(names), p=chances)]
    return _gesture(rng, "left", first) | _gesture(rng, "right", second)


def _gesture(rng, side, name):
    return {
        f"{side}_{angle}": rng.uniform(low, high)
        for angle, (low, high) in _GESTURES[name].items()
    }


def _leg(side, flexion, knee, abduction, rotation):
    """A leg whose sole stays level as far as the ankle allows."""
    return {
        f"{side}_hip_flexion": flexion,
        f"{side}_hip_abduction": abduction,
        f"{side}_hip_rotation": rotation,
        f"{side}_knee_flexion": knee,
        f"{side}_ankle_flexion": knee - flexion,
    }


# activity: (frequency, function of rng giving its angles)
ACTIVITIES = {
    "standing": (0.30, _standing),
    "waiting": (0.12, _waiting),
    "walking": (0.25, _walking),
    "running": (0.10, _running),
    "sitting": (0.10, _sitting),
    "crouching": (0.06, _crouching),
    "jumping": (0.07, _jumping),
}
