"""A person's trunk, limbs and clothes as surfaces on a canvas."""

import numpy as np

from keras_drsi.data.synthetic.canvas import Part
from keras_drsi.data.synthetic.head import Head
from keras_drsi.data.synthetic.pose import SIDES
from keras_drsi.data.synthetic.tube import Tube
from keras_drsi.keypoints import COCO_PERSON

_STATURE = 1.75  # of the average person whose half widths (metres) stand here
_JACKET_OPENING = 0.26


class Mannequin:
    """One posed and dressed person as parts to draw.

    Args:
        body: `Body`.
        skeleton: `Skeleton`.
        outfit: `Outfit`.
        pixels: canvas pixels per metre.
        origin: (2,) canvas position of the skeleton's origin.
    """

    def __init__(self, body, skeleton, outfit, pixels, origin):
        flip = np.array((1, -1, 1))  # up is y on the skeleton, -y on a canvas
        shift = np.append(origin, 0)
        self._outfit, self._pixels = outfit, pixels
        self._joints = {
            name: joint * flip * pixels + shift
            for name, joint in skeleton.joints.items()
        }
        self._frames = {
            name: flip[:, None] * frame
            for name, frame in skeleton.frames.items()
        }
        self._thick = pixels * body.girth * body.stature / _STATURE
        # Bones do not widen with the girth.
        self._shoulders = body.shoulders * pixels / self._thick
        self._hips = body.hips * pixels / self._thick
        self._waist = 0.132 * body.waist
        self._head = Head(
            self._joints["head"],
            self._frames["head"],
            body.head * pixels,
            outfit,
        )

    def keypoints(self):
        """(K, 3) canvas positions in the order of `COCO_PERSON`."""
        points = self._joints | self._head.keypoints()
        return np.stack([points[name] for name in COCO_PERSON.names])

    def parts(self):
        """Yields every `Part` of the person."""
        for side in SIDES:
            yield from self._leg(side)
            yield from self._arm(side)
        yield from self._trunk()
        yield from self._head.parts()

    def stool(self, color):
        """The `Part` below the pelvis, down to the ground."""
        pixels = self._pixels
        ankles = [self._joints[f"{side}_heel"][1] for side in SIDES]
        top = self._joints["pelvis"] + (0, 0.10 * self._thick, 0)
        bottom = top.copy()
        bottom[1] = max(max(ankles) - 0.02 * pixels, top[1] + 0.1 * pixels)
        radius = 0.21 * pixels
        stool = Tube(
            top, bottom, (radius, radius), (1, 0, 0), caps=(radius / 5,) * 2
        )
        return Part(stool, color, prop=True)

    def _between(self, start, end, part):
        """The place a part of the way from one joint to another."""
        start, end = self._joints[start], self._joints[end]
        return start + part * (end - start)

    def _tube(self, start, end, frame, widths, flatness=1.0, caps=None):
        """A tube between joints or places; widths of the average person."""
        return Tube(
            self._joints[start] if isinstance(start, str) else start,
            self._joints[end] if isinstance(end, str) else end,
            [width * self._thick for width in widths],
            self._frames[frame][:, 0],
            flatness,
            caps and [cap * self._thick for cap in caps],
        )

    def _trunk(self):
        wide, hips, waist = self._shoulders, self._hips, self._waist
        chest = (0.48 * wide, 1.07 * wide, 1.00 * wide, 0.86 * wide, waist)
        pelvis = (waist, hips + 0.076, hips + 0.084)
        yield Part(
            self._tube(
                "neck", "waist", "chest", chest, 0.62, caps=(0.035, 0.05)
            ),
            self._chest_paint,
        )
        yield Part(
            self._tube(
                "waist", "pelvis", "pelvis", pelvis, 0.68, caps=(0.08, 0.08)
            ),
            self._pelvis_paint,
        )
        neck = self._tube("chin", "neck", "chest", (0.056, 0.053, 0.062))
        yield Part(neck, self._outfit.skin * np.float32(0.92))
        if self._outfit.legs in ("skirt", "dress"):
            yield from self._skirt()

    def _chest_paint(self, hit):
        outfit = self._outfit
        color = outfit.top.paint(hit)
        left, _, ahead = hit.local
        front = ahead > 0
        if outfit.open_jacket:
            opening = front & (np.abs(left) < _JACKET_OPENING)
            color = np.where(opening, outfit.top.accent[:, None], color)
        collar = 0.17 if outfit.sleeves == 0 else 0.10
        neckline = np.where(front, collar * (1.6 - 2.4 * np.abs(left)), 0.01)
        return np.where(hit.along < neckline, outfit.skin[:, None], color)

    def _pelvis_paint(self, hit):
        """The top hangs over the bottom as far as its hem."""
        outfit = self._outfit
        top = outfit.top.paint(hit, start=1.0, length=0.66)
        if outfit.open_jacket:
            left, _, ahead = hit.local
            opening = (ahead > 0) & (np.abs(left) < _JACKET_OPENING)
            top = np.where(opening, outfit.top.accent[:, None], top)
        bottom = outfit.bottom.color[:, None]
        return np.where(hit.along < outfit.hem, top, bottom)

    def _skirt(self):
        joints = self._joints
        knees = (joints["left_knee"] + joints["right_knee"]) / 2
        hips = self._hips + 0.085
        if self._outfit.legs == "dress":
            start, widths = joints["waist"], (self._waist * 1.04, hips)
        else:
            start = self._between("waist", "pelvis", self._outfit.hem)
            widths = (hips * 0.9, hips * 1.12)
        hem = joints["pelvis"] + 0.92 * (knees - joints["pelvis"])
        skirt = self._tube(
            start, hem, "pelvis", (*widths, hips * 1.4), 0.85, caps=(0.03, 0.03)
        )
        yield Part(skirt, self._outfit.bottom.paint)

    def _arm(self, side):
        outfit, skin = self._outfit, self._outfit.skin
        shoulder, elbow = f"{side}_shoulder", f"{side}_elbow"
        bones = f"{side}_upper_arm", f"{side}_forearm"
        long, loose = outfit.sleeves == 1, 0.005 * (outfit.sleeves == 1)
        upper, lower = (
            [width + loose for width in widths]
            for widths in ((0.051, 0.047, 0.039), (0.039, 0.040, 0.027))
        )
        yield Part(
            self._tube(shoulder, elbow, bones[0], upper, caps=(0.042, 0.039)),
            self._sleeve_paint if long else skin,
        )
        if outfit.sleeves == 0.5:
            cuff = self._between(shoulder, elbow, 0.52)
            widths, caps = (0.055, 0.059), (0.046, 0.015)
            yield Part(
                self._tube(shoulder, cuff, bones[0], widths, caps=caps),
                self._sleeve_paint,
            )
        yield Part(
            self._tube(elbow, f"{side}_wrist", bones[1], lower),
            outfit.top.color if long else skin,
        )
        yield from self._hand(side)

    def _sleeve_paint(self, hit):
        top = self._outfit.top
        if top.pattern in ("stripes", "blocks"):
            return top.paint(hit, start=0.2, length=0.7)
        return top.color[:, None]

    def _hand(self, side):
        wrist, fingers = f"{side}_wrist", f"{side}_fingers"
        thick, frame = self._thick, self._frames[f"{side}_forearm"]
        # A hanging hand turns its edge, and the thumb, to the front.
        hand = Tube(
            self._joints[wrist],
            self._joints[fingers],
            [width * thick for width in (0.025, 0.046, 0.034)],
            frame[:, 2],
            flatness=0.5,
            caps=(0.02 * thick, 0.034 * thick),
        )
        yield Part(hand, self._outfit.skin)
        root = self._between(wrist, fingers, 0.25)
        tip = self._between(wrist, fingers, 0.62) + 0.058 * thick * frame[:, 2]
        thumb = [0.020 * thick, 0.015 * thick]
        yield Part(Tube(root, tip, thumb, frame[:, 0]), self._outfit.skin)

    def _leg(self, side):
        outfit = self._outfit
        hip, knee, ankle = (f"{side}_{n}" for n in ("hip", "knee", "ankle"))
        thigh, shin = f"{side}_thigh", f"{side}_shin"
        cloth = outfit.bottom.color
        covered = outfit.legs in ("trousers", "leggings")
        loose = 0.010 if outfit.legs == "trousers" else 0.0
        upper = [w + 0.6 * loose for w in (0.084, 0.079, 0.056)]
        lower = (0.054 + 0.5 * loose, 0.056 + 0.8 * loose, 0.036 + 1.6 * loose)
        bare = cloth if covered else outfit.skin
        yield Part(
            self._tube(hip, knee, thigh, upper, caps=(0.05, 0.056)), bare
        )
        if outfit.legs == "shorts":
            end = self._between(hip, knee, 0.74)
            widths, caps = (0.087, 0.091, 0.082), (0.055, 0.015)
            yield Part(self._tube(hip, end, thigh, widths, caps=caps), cloth)
        yield Part(self._tube(knee, ankle, shin, lower), bare)
        if not covered:
            sock = self._between(knee, ankle, 0.82)
            yield Part(
                self._tube(
                    sock, ankle, shin, (0.041, 0.038), caps=(0.01, 0.03)
                ),
                np.float32((232, 232, 230)),
            )
        yield from self._shoe(side)

    def _shoe(self, side):
        shoes = self._outfit.shoes
        sole = np.float32((238, 236, 230))
        if shoes.mean() > 200:
            sole = shoes * np.float32(0.72)

        def paint(hit):
            # Of a tube from heel to toes, "ahead" is above.
            low = hit.local[2] < -0.4
            return np.where(low, sole[:, None], shoes[:, None])

        yield Part(
            self._tube(
                f"{side}_heel",
                f"{side}_toes",
                f"{side}_foot",
                (0.044, 0.050, 0.046),
                flatness=0.85,
            ),
            paint,
        )
