"""One person drawn: colours, outlines and keypoints with visibility."""

import dataclasses

import cv2
import numpy as np

from keras_drsi.keypoints import COCO_PERSON
from training.data.synthetic.canvas import Canvas
from training.data.synthetic.head import Head
from training.data.synthetic.pose import SIDES
from training.data.synthetic.surface import Ellipsoid, Tube

# The canvas is finer than the picture, so that edges come out smooth.
_FINE, _FINER, _FINER_BELOW = 2, 3, 110  # pixels of stature
# A joint lies inside the body. It is hidden if more of the body than this
# covers it: fractions of the stature.
_COVER = {"shoulder": 0.065, "elbow": 0.045, "wrist": 0.04, "hip": 0.092,
          "knee": 0.06, "ankle": 0.05}  # fmt: skip
_FACE_COVER = 0.018


@dataclasses.dataclass(frozen=True)
class Figure:
    """A drawn person, to be pasted with its upper left corner anywhere.

    Args:
        color: (H, W, 3) float32 RGB in 0..255 times alpha.
        alpha: (H, W) float32 in 0..1, person and props.
        mask: (H, W) bool, the person without props.
        keypoints: (K, 2) float64, pixels from the corner of the picture.
        exposed: (K,) bool, whether the person itself leaves the keypoint in
            sight.
        origin: (2,) float64, where the ground under the pelvis lies.
    """

    color: np.ndarray
    alpha: np.ndarray
    mask: np.ndarray
    keypoints: np.ndarray
    exposed: np.ndarray
    origin: np.ndarray


def draw_figure(body, skeleton, outfit, scale, light, seat=None):
    """Draws a posed and dressed person.

    Args:
        body: `Body`.
        skeleton: `Skeleton`.
        outfit: `Outfit`.
        scale: pixels per metre.
        light: (3,) unit vector towards the light: right, down, to the camera.
        seat: RGB of the stool the person sits on, or None.

    Returns:
        `Figure`.
    """
    fine = _FINER if body.stature * scale < _FINER_BELOW else _FINE
    joints = np.stack(list(skeleton.joints.values()))[:, :2] * (1, -1)
    margin = 0.16 * body.stature
    low = np.floor((joints.min(0) - margin) * scale)
    size = np.ceil((joints.max(0) + margin) * scale) - low
    if seat is not None:
        size[1] = max(size[1], np.ceil(margin * scale) - low[1])
    width, height = size.astype(int)
    canvas = Canvas(width * fine, height * fine, light)
    sitter = _Sitter(body, skeleton, outfit, scale * fine, -low * fine)
    sitter.draw(canvas)
    if seat is not None:
        sitter.draw_stool(canvas, seat)
    points = sitter.keypoints()
    alpha = np.isfinite(canvas.depth).astype("float32")

    def shrink(image):
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)

    return Figure(
        color=shrink(canvas.color),
        alpha=shrink(alpha),
        mask=shrink(canvas.body) > 127,
        keypoints=points[:, :2] / fine,
        exposed=_exposed(points, canvas, body.stature * scale * fine),
        origin=-low,
    )


def _exposed(points, canvas, stature):
    height, width = canvas.depth.shape
    column = np.clip(points[:, 0].astype(int), 0, width - 1)
    row = np.clip(points[:, 1].astype(int), 0, height - 1)
    allowed = stature * np.array(
        [_COVER.get(n.split("_")[-1], _FACE_COVER) for n in COCO_PERSON.names]
    )
    covered_by = canvas.depth[row, column] - points[:, 2]
    return (canvas.body[row, column] > 0) & (covered_by < allowed)


class _Sitter:
    """A person's surfaces in canvas coordinates."""

    def __init__(self, body, skeleton, outfit, scale, origin):
        flip = np.array((1, -1, 1))
        shift = np.append(origin, 0)
        self._body, self._outfit = body, outfit
        self._pixels = scale
        self._joints = {
            name: joint * flip * scale + shift
            for name, joint in skeleton.joints.items()
        }
        self._frames = {
            name: flip[:, None] * frame
            for name, frame in skeleton.frames.items()
        }
        # Widths below are those of an average person of 1.75 m.
        self._thick = scale * body.girth * body.stature / 1.75
        self._head = Head(
            self._joints["head"],
            self._frames["head"],
            body.head * scale,
            outfit,
        )

    def keypoints(self):
        """(K, 3) canvas positions in the order of the schema."""
        points = self._joints | self._head.keypoints()
        return np.stack([points[name] for name in COCO_PERSON.names])

    def draw(self, canvas):
        for side in SIDES:
            self._draw_leg(canvas, side)
            self._draw_arm(canvas, side)
        self._draw_trunk(canvas)
        self._head.draw(canvas)

    def _tube(self, start, end, frame, widths, flatness=1.0, cap=None):
        return Tube(
            self._joints[start],
            self._joints[end],
            np.asarray(widths) * self._thick,
            self._frames[frame][:, 0],
            flatness,
            cap and cap * self._thick,
        )

    def _draw_trunk(self, canvas):
        body, outfit = self._body, self._outfit
        wide = body.shoulders / body.girth * 1.75 / body.stature
        hips = body.hips / body.girth * 1.75 / body.stature
        waist = 0.135 * body.waist
        chest = self._tube(
            "neck",
            "waist",
            "chest",
            (0.42 * wide, 1.02 * wide, 0.90 * wide, waist),
            flatness=0.62,
            cap=0.03,
        )
        canvas.draw(chest, self._chest_paint)
        pelvis = self._tube(
            "waist",
            "pelvis",
            "pelvis",
            (waist, hips * 1.62, hips * 1.72),
            flatness=0.70,
            cap=0.09,
        )
        canvas.draw(pelvis, self._pelvis_paint)
        neck = self._tube("chin", "neck", "chest", (0.054, 0.050, 0.062))
        canvas.draw(neck, lambda hit: outfit.skin * np.float32(0.9))
        if outfit.legs in ("skirt", "dress"):
            self._draw_skirt(canvas, waist, hips)

    def _chest_paint(self, hit):
        outfit = self._outfit
        color = np.broadcast_to(
            outfit.top.paint(hit), (len(hit.along), 3)
        ).copy()
        left, _, ahead = hit.local
        front = ahead > 0
        if outfit.open_jacket:
            color[front & (np.abs(left) < 0.24)] = outfit.top.accent
        collar = 0.17 if outfit.sleeves == 0 else 0.09
        depth = np.where(front, collar * (1.5 - 2.4 * np.abs(left)), 0.02)
        color[hit.along < depth] = outfit.skin
        return color

    def _pelvis_paint(self, hit):
        outfit = self._outfit
        color = np.broadcast_to(outfit.bottom.color, (len(hit.along), 3)).copy()
        if outfit.legs == "dress":
            return color
        over = hit.along < outfit.hem
        color[over] = outfit.top.color
        if outfit.open_jacket:
            left, _, ahead = hit.local
            inner = over & (ahead > 0) & (np.abs(left) < 0.24)
            color[inner] = outfit.top.accent
        return color

    def _draw_skirt(self, canvas, waist, hips):
        joints = self._joints
        knees = (joints["left_knee"] + joints["right_knee"]) / 2
        hem = joints["pelvis"] + 0.92 * (knees - joints["pelvis"])
        skirt = Tube(
            joints["waist"],
            hem,
            np.array((waist * 1.03, hips * 1.95, hips * 2.7)) * self._thick,
            self._frames["pelvis"][:, 0],
            flatness=0.8,
            cap=0.02 * self._thick,
        )
        canvas.draw(skirt, self._outfit.bottom.paint)

    def _draw_arm(self, canvas, side):
        outfit = self._outfit
        long, short = outfit.sleeves == 1, outfit.sleeves > 0

        def skin(hit):
            return outfit.skin

        cloth = outfit.top.color
        loose = 0.006 if long else 0.0
        upper = self._tube(
            f"{side}_shoulder",
            f"{side}_elbow",
            f"{side}_upper_arm",
            np.array((0.056, 0.047, 0.039)) + loose,
        )
        canvas.draw(upper, (lambda hit: cloth) if long else skin)
        if short and not long:
            joints = self._joints
            cuff = joints[f"{side}_shoulder"] * 0.42
            cuff = cuff + joints[f"{side}_elbow"] * 0.58
            sleeve = Tube(
                joints[f"{side}_shoulder"],
                cuff,
                np.array((0.061, 0.060)) * self._thick,
                self._frames[f"{side}_upper_arm"][:, 0],
                cap=0.012 * self._thick,
            )
            canvas.draw(sleeve, lambda hit: cloth)
        forearm = self._tube(
            f"{side}_elbow",
            f"{side}_wrist",
            f"{side}_forearm",
            np.array((0.039, 0.040, 0.026)) + loose,
        )
        canvas.draw(forearm, (lambda hit: cloth) if long else skin)
        # A hanging hand turns its edge to the front.
        hand = Tube(
            self._joints[f"{side}_wrist"],
            self._joints[f"{side}_fingers"],
            np.array((0.026, 0.048, 0.024)) * self._thick,
            self._frames[f"{side}_forearm"][:, 2],
            flatness=0.5,
        )
        canvas.draw(hand, skin)

    def _draw_leg(self, canvas, side):
        outfit = self._outfit
        covered = outfit.legs in ("trousers", "leggings")
        loose = {"trousers": 0.010}.get(outfit.legs, 0.0)
        cloth = outfit.bottom.color
        bare = cloth if covered else outfit.skin
        thigh = self._tube(
            f"{side}_hip",
            f"{side}_knee",
            f"{side}_thigh",
            np.array((0.088, 0.079, 0.056)) + 0.6 * loose,
        )
        canvas.draw(thigh, lambda hit: bare)
        if outfit.legs == "shorts":
            joints = self._joints
            end = 0.3 * joints[f"{side}_hip"] + 0.7 * joints[f"{side}_knee"]
            leg = Tube(
                joints[f"{side}_hip"],
                end,
                np.array((0.092, 0.090)) * self._thick,
                self._frames[f"{side}_thigh"][:, 0],
                cap=0.015 * self._thick,
            )
            canvas.draw(leg, lambda hit: cloth)
        shin = self._tube(
            f"{side}_knee",
            f"{side}_ankle",
            f"{side}_shin",
            np.array((0.054, 0.056, 0.035)) + np.array((0.5, 0.7, 1.6)) * loose,
        )
        canvas.draw(shin, lambda hit: bare)
        self._draw_shoe(canvas, side)

    def _draw_shoe(self, canvas, side):
        shoes = self._outfit.shoes
        sole = np.float32((236, 234, 228))
        if shoes.mean() > 200:
            sole = shoes * np.float32(0.75)
        shoe = self._tube(
            f"{side}_heel",
            f"{side}_toes",
            f"{side}_foot",
            (0.044, 0.048, 0.044),
            flatness=0.85,
        )

        def paint(hit):
            # Heel to toes: "ahead" of this tube is the upper side.
            low = hit.local[2] < -0.45
            return np.where(low[:, None], sole, shoes)

        canvas.draw(shoe, paint)

    def draw_stool(self, canvas, color):
        pixels = self._pixels
        seat = self._joints["pelvis"] + (0, 0.11 * self._thick, 0)
        up = np.array((0, -1.0, 0))
        axes = np.stack([(1, 0, 0), up, (0, 0, 1)], 1)
        tall = max(0.05 * pixels, self._ground() - seat[1])
        center = seat + (0, tall / 2, 0)
        drum = Tube(
            center - (0, tall / 2 - 0.04 * pixels, 0),
            center + (0, tall / 2, 0),
            np.array((0.22, 0.22)) * pixels,
            axes[:, 0],
            cap=0.045 * pixels,
        )
        canvas.draw(drum, lambda hit: color, prop=True)

    def _ground(self):
        low = [self._joints[f"{side}_heel"][1] for side in SIDES]
        return max(low) - 0.02 * self._pixels
