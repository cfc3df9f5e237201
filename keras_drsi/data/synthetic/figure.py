"""One person drawn: colours, outlines and keypoints with visibility."""

import dataclasses

import cv2
import numpy as np

from keras_drsi.data.synthetic.canvas import Canvas
from keras_drsi.data.synthetic.mannequin import Mannequin
from keras_drsi.keypoints import COCO_PERSON

# The canvas is finer than the picture, so that edges come out smooth; most
# so for small people, whose details are smallest.
_FINE_SMALL, _FINE_LARGE, _LARGE = 2.0, 1.5, 120  # pixels of stature
_MARGIN = 0.16  # around the joints, as a fraction of the stature
# A joint lies inside the body. It is hidden if more of the body than this
# covers it, as a fraction of the stature.
_COVER = {"shoulder": 0.065, "elbow": 0.045, "wrist": 0.04, "hip": 0.092,
          "knee": 0.06, "ankle": 0.05}  # fmt: skip
_FACE_COVER = 0.018


@dataclasses.dataclass(frozen=True)
class Figure:
    """A drawn person, to be pasted with its upper left corner anywhere.

    Args:
        color: (H, W, 3) uint8 RGB times alpha.
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
    joints = np.stack(list(skeleton.joints.values()))[:, :2] * (1, -1)
    margin = _MARGIN * body.stature
    low = np.floor((joints.min(0) - margin) * scale)
    size = np.ceil((joints.max(0) + margin) * scale) - low
    # Even, so that the canvas is a whole number of pixels too.
    width, height = (size + size % 2).astype(int)
    small = body.stature * scale < _LARGE
    fine = _FINE_SMALL if small else _FINE_LARGE
    canvas = Canvas(int(width * fine), int(height * fine), light)
    mannequin = Mannequin(body, skeleton, outfit, scale * fine, -low * fine)
    parts = list(mannequin.parts())
    if seat is not None:
        parts.append(mannequin.stool(seat))
    canvas.draw(parts)
    points = mannequin.keypoints()

    covered = np.isfinite(canvas.depth) * np.uint8(255)

    def shrink(image):
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)

    return Figure(
        color=shrink(canvas.color()),
        alpha=shrink(covered) / np.float32(255),
        mask=shrink(canvas.body) > 127,
        keypoints=points[:, :2] / fine,
        exposed=_exposed(points, canvas, body.stature * scale * fine),
        origin=-low,
    )


def _exposed(points, canvas, stature):
    """(K,) bool: whether the body at most thinly covers each keypoint."""
    height, width = canvas.depth.shape
    column = np.clip(points[:, 0].astype(int), 0, width - 1)
    row = np.clip(points[:, 1].astype(int), 0, height - 1)
    allowed = stature * np.array(
        [_COVER.get(n.split("_")[-1], _FACE_COVER) for n in COCO_PERSON.names]
    )
    cover = canvas.depth[row, column] - points[:, 2]
    return (canvas.body[row, column] > 0) & (cover < allowed)
