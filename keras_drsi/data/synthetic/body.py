"""The lengths of one person's bones, in metres."""

import dataclasses

# Lengths as fractions of what the head leaves of the stature, after the
# proportions used in figure drawing.
_SPINE = 0.345
_NECK = 0.042
_THIGH = 0.285
_SHIN = 0.275
_ANKLE = 0.045
_UPPER_ARM = 0.190
_FOREARM = 0.160
_HAND = 0.095
_FOOT = 0.155


@dataclasses.dataclass(frozen=True)
class Body:
    """One person's build: bone lengths and widths, all in metres.

    Args:
        stature: height of the standing person.
        head: height of the head, chin to crown.
        neck, spine, upper_arm, forearm, hand, thigh, shin, foot: lengths.
        ankle: height of the ankle above the sole.
        shoulders, hips: half the distance between the two joints.
        girth: thickness of trunk and limbs, 1 for an average person.
        waist: width of the waist, 1 for an average person.
    """

    stature: float
    head: float
    neck: float
    spine: float
    shoulders: float
    hips: float
    upper_arm: float
    forearm: float
    hand: float
    thigh: float
    shin: float
    ankle: float
    foot: float
    girth: float
    waist: float

    @classmethod
    def sample(cls, rng):
        """Draws a grown-up or, one time in six, a child."""
        child = rng.random() < 1 / 6
        stature = rng.uniform(1.05, 1.45) if child else rng.uniform(1.52, 1.92)
        # A child's head is large for its body.
        head = stature * (0.262 - 0.075 * stature if child else 0.147)
        rest = stature - head
        curvy = rng.uniform(0.0, 1.0)

        def length(fraction):
            return rest * fraction * rng.uniform(0.96, 1.04)

        return cls(
            stature=stature,
            head=head,
            neck=length(_NECK),
            spine=length(_SPINE),
            shoulders=length(0.122 - 0.018 * curvy),
            hips=length(0.060 + 0.008 * curvy),
            upper_arm=length(_UPPER_ARM),
            forearm=length(_FOREARM),
            hand=length(_HAND),
            thigh=length(_THIGH),
            shin=length(_SHIN),
            ankle=length(_ANKLE),
            foot=length(_FOOT),
            girth=rng.uniform(0.88, 1.22),
            waist=rng.uniform(0.95, 1.12) - 0.12 * curvy,
        )
