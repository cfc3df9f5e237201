"""Things that stand in front of people."""

import dataclasses

import cv2
import numpy as np


@dataclasses.dataclass(frozen=True)
class Occluder:
    """A drawn thing.

    Args:
        color: (H, W, 3) float32 RGB in 0..255 times alpha.
        alpha: (H, W) float32 in 0..1.
    """

    color: np.ndarray
    alpha: np.ndarray


def draw_occluder(rng, width, height):
    """Draws a crate, a bush or a pole for an image of the given size.

    Returns:
        tuple of the `Occluder` and the (left, top) pixel of its corner.
    """
    kind = rng.integers(3)
    part = np.array(
        (
            rng.uniform((0.15, 0.12), (0.40, 0.30)),
            rng.uniform((0.18, 0.15), (0.40, 0.30)),
            (rng.uniform(0.02, 0.05), 1.0),
        )[kind]
    )
    wide, tall = np.maximum(part * (width, height), 4).astype(int)
    left = int(rng.uniform(0, 1) * width - wide / 2)
    top = 0 if kind == 2 else int(height - tall * rng.uniform(0.6, 1.0))
    shape = (_crate, _bush, _pole)[kind]
    alpha, color = shape(rng, wide, tall)
    grain = rng.normal(0, 5, (tall // 2 + 1, wide // 2 + 1)).astype("float32")
    color = color + cv2.resize(grain, (wide, tall))[..., None]
    return Occluder(color * alpha[..., None], alpha), (left, top)


def _crate(rng, wide, tall):
    color = rng.uniform(60, 200, 3).astype("float32")
    image = np.broadcast_to(color, (tall, wide, 3)).copy()
    for y in np.linspace(0, tall, rng.integers(3, 6)).astype(int):
        image[y : y + 2] *= 0.75
    image[: max(2, tall // 14)] *= 1.15
    return np.ones((tall, wide), "float32"), image


def _bush(rng, wide, tall):
    alpha = np.zeros((tall, wide), "float32")
    image = np.zeros((tall, wide, 3), "float32")
    leaves = np.float32((60, 104, 58)) * rng.uniform(0.7, 1.3)
    for _ in range(26):
        x = rng.uniform(0.18, 0.82) * wide
        y = rng.uniform(0.30, 1.0) * tall
        radius = int(rng.uniform(0.10, 0.20) * min(wide, tall)) + 1
        color = leaves * rng.uniform(0.7, 1.25)
        for target, value in ((alpha, 1.0), (image, color.tolist())):
            cv2.circle(target, (int(x), int(y)), radius, value, -1)
    return cv2.blur(alpha, (3, 3)), image


def _pole(rng, wide, tall):
    color = rng.uniform(50, 190, 3).astype("float32")
    across = np.sin(np.linspace(0.35, 2.6, wide, dtype="float32"))
    image = color * (0.5 + 0.6 * across)[None, :, None]
    image = np.broadcast_to(image, (tall, wide, 3))
    return np.ones((tall, wide), "float32"), image
