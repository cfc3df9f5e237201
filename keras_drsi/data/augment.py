"""The random changes of training photos: which, how strong, and why."""

import dataclasses
import math

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.geometry.affine import Affine


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """The strength of every random change. The defaults are the paper's.

    Args:
        mosaic: probability that four photos share a picture (paper: 1).
        flip: probability of mirroring (paper: 0.5).
        translation: largest shift, as a fraction of the picture (paper:
            0.1).
        scale: smallest and largest factor (paper: 0.5 and 1.5).
        rotation: largest angle in degrees, in either direction (paper: 0).
        hue: largest relative change of the hue (YOLO-Pose: 0.015).
        saturation: largest relative change (YOLO-Pose: 0.7).
        value: largest relative change of the brightness (YOLO-Pose: 0.4).
        smallest_side: persons whose box is narrower or lower afterwards are
            left out, in pixels (YOLO-Pose: 2).
        smallest_fraction: persons of whose box no more than this is left
            inside the picture are left out (YOLO-Pose: 0.1).

    Raises:
        InputError: if a value is outside its range.
    """

    mosaic: float = 1.0
    flip: float = 0.5
    translation: float = 0.1
    scale: tuple = (0.5, 1.5)
    rotation: float = 0.0
    hue: float = 0.015
    saturation: float = 0.7
    value: float = 0.4
    smallest_side: float = 2.0
    smallest_fraction: float = 0.1

    def __post_init__(self):
        for name in ("mosaic", "flip", "hue", "saturation", "value"):
            self._check(name, getattr(self, name), 0, 1)
        self._check("translation", self.translation, 0, 1)
        self._check("rotation", self.rotation, 0, 180)
        self._check("smallest_side", self.smallest_side, 0, math.inf)
        self._check("smallest_fraction", self.smallest_fraction, 0, 1)
        object.__setattr__(self, "scale", tuple(self.scale))
        if len(self.scale) != 2 or not 0 < self.scale[0] <= self.scale[1] <= 8:
            raise InputError(
                "Augmentation: scale: expected two factors, 0 < smallest <= "
                f"largest <= 8, got {self.scale}."
            )

    @staticmethod
    def _check(name, value, lowest, highest):
        if not lowest <= value <= highest:
            raise InputError(
                f"Augmentation: {name}: expected {lowest}..{highest}, got "
                f"{value}."
            )

    @classmethod
    def none(cls):
        """The letterboxed photo as it is, with everyone in it."""
        return cls(
            mosaic=0.0,
            flip=0.0,
            translation=0.0,
            scale=(1.0, 1.0),
            rotation=0.0,
            hue=0.0,
            saturation=0.0,
            value=0.0,
            smallest_side=0.0,
            smallest_fraction=0.0,
        )


def random_view(rng, augmentation, frame, canvas):
    """A random map of a frame onto the canvas.

    The frame's centre comes to the canvas' centre, then everything is scaled
    and rotated about it, shifted and perhaps mirrored.

    Args:
        rng: `numpy.random.Generator`.
        augmentation: `Augmentation`.
        frame: (height, width) in pixels, as large as the canvas or larger.
        canvas: (height, width) in pixels.

    Returns:
        `Affine`; the identity for `Augmentation.none()` if the frame is as
        large as the canvas.
    """
    height, width = canvas
    factor = rng.uniform(*augmentation.scale)
    shift = rng.uniform(-augmentation.translation, augmentation.translation, 2)
    view = (
        Affine.translation((0.5 + shift[0]) * width, (0.5 + shift[1]) * height)
        @ _random_rotation(rng, augmentation.rotation)
        @ Affine.scaling(factor)
        @ Affine.translation(-frame[1] / 2, -frame[0] / 2)
    )
    if rng.random() < augmentation.flip:
        view = Affine.mirror(width) @ view
    return view


def _random_rotation(rng, largest):
    if not largest:  # an identity that keeps axes exactly parallel
        return Affine.scaling(1.0)
    return Affine.rotation(rng.uniform(-largest, largest))


def jitter_colors(rng, picture, augmentation):
    """Changes hue, saturation and brightness by one random gain each.

    Args:
        rng: `numpy.random.Generator`.
        picture: (height, width, 3) uint8 RGB.
        augmentation: `Augmentation`.

    Returns:
        array of the same shape and type; the same if there is nothing to
        change.
    """
    strength = (augmentation.hue, augmentation.saturation, augmentation.value)
    gains = 1 + rng.uniform(-1, 1, 3) * strength
    if not any(strength):
        return picture
    import cv2  # settings hold an `Augmentation` and need no OpenCV

    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    # Saturates at 255; a hue beyond 179, its last, goes on around the circle.
    hsv = cv2.transform(hsv, np.diag(gains))
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def remaining_persons(persons, augmentation, canvas):
    """The persons of whom enough is left inside the canvas.

    Args:
        persons: `Persons`, moved with the pixels.
        augmentation: `Augmentation`.
        canvas: (height, width) in pixels.

    Returns:
        `Persons`, clipped to the canvas, each with a labelled keypoint.
    """
    height, width = canvas
    clipped, fraction = persons.clipped(width, height)
    side = (clipped.boxes[:, 2:] - clipped.boxes[:, :2]).min(axis=-1)
    return clipped.chosen(
        clipped.labelled
        & (side >= augmentation.smallest_side)
        & (fraction > augmentation.smallest_fraction)
    )
