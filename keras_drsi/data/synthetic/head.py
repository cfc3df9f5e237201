"""A head: skull, face, ears, hair and hats."""

import numpy as np

from keras_drsi.data.synthetic.canvas import Part
from keras_drsi.data.synthetic.ellipsoid import Ellipsoid
from keras_drsi.data.synthetic.tube import Tube

# Half width, height and depth of the skull as fractions of the head height.
SKULL = np.array((0.37, 0.50, 0.43))
# Directions from the middle of the head on the unit sphere that the skull
# is stretched from: (left, up, ahead).
EYE = np.array((0.37, 0.06, 0.92))
NOSE = np.array((0.0, -0.16, 1.10))
EAR = np.array((1.02, -0.02, -0.06))
_WHITE = np.float32((246, 244, 240))
_DARK = np.float32((30, 28, 30))


class Head:
    """One head as parts to draw.

    Args:
        center: (3,) middle of the skull, canvas pixels.
        axes: (3, 3), columns left, up and ahead in canvas coordinates.
        height: chin to crown, pixels.
        outfit: `Outfit`.
    """

    def __init__(self, center, axes, height, outfit):
        self._center, self._axes, self._height = center, axes, height
        self._outfit = outfit

    def at(self, direction):
        """The canvas position (3,) of a direction on the unit sphere."""
        return self._center + self._axes @ (
            np.asarray(direction) * SKULL * self._height
        )

    def keypoints(self):
        """dict from COCO name to position (3,), slightly below the skin."""
        mirror = np.array((-1, 1, 1))
        return {
            "nose": self.at(NOSE * 0.98),
            "left_eye": self.at(EYE * 0.97),
            "right_eye": self.at(EYE * 0.97 * mirror),
            "left_ear": self.at(EAR),
            "right_ear": self.at(EAR * mirror),
        }

    def parts(self):
        """Yields every `Part` of the head."""
        outfit = self._outfit
        yield Part(self._ball((0, 0, 0), 1.0), self._face)
        yield from self._nose_and_ears()
        if outfit.hair_style != "bald":
            yield from self._hair()
        if outfit.hair_style in ("cap", "beanie"):
            yield from self._hat()

    def _ball(self, direction, size):
        """An ellipsoid shaped as the skull or by its own three radii."""
        return Ellipsoid(
            self.at(direction), self._axes, SKULL * size * self._height
        )

    def _nose_and_ears(self):
        skin = self._outfit.skin
        yield Part(self._ball(NOSE * 0.93, (0.13, 0.16, 0.13)), skin)
        for side in (1, -1):
            ear = self._ball(EAR * (side, 1, 1), (0.10, 0.22, 0.17))
            yield Part(ear, skin * np.float32(0.93))

    def _face(self, hit):
        """Skin with brows, eyes and mouth."""
        outfit = self._outfit
        left, up, ahead = hit.local
        away = np.abs(left)
        front = ahead > 0
        color = np.repeat(outfit.skin[:, None], len(left), 1)

        def dab(where, rgb):
            where = np.flatnonzero(where)
            for plane, value in zip(color, rgb):
                plane[where] = value

        cheek = front & _within(away - 0.48, up + 0.25, 0.2, 0.14)
        dab(cheek, outfit.skin * np.float32((1.02, 0.92, 0.90)))
        if outfit.beard:
            beard = (up < -0.30 - 0.3 * (ahead - away)) & (ahead > -0.05)
            dab(beard, outfit.hair * np.float32(0.9))
        dab(front & _within(away - EYE[0], up - EYE[1], 0.19, 0.12), _WHITE)
        iris = _within(away - EYE[0], up - EYE[1], 0.10, 0.125)
        dab(front & iris, outfit.eyes)
        arch = up - 0.29 + 0.6 * (away - 0.36) ** 2
        brow = (np.abs(arch) < 0.045) & (np.abs(away - 0.37) < 0.2)
        dab(front & brow, outfit.hair * np.float32(0.75))
        smile = up + 0.52 - 0.7 * left**2
        dab(front & (np.abs(smile) < 0.06) & (away < 0.27), outfit.lips)
        if outfit.glasses:
            reach = ((away - EYE[0]) / 0.29) ** 2 + ((up - 0.05) / 0.21) ** 2
            temple = (np.abs(up - 0.1) < 0.035) & ((away < 0.1) | (away > 0.64))
            frame = (np.abs(reach - 1) < 0.22) | temple
            dab((ahead > -0.1) & frame, _DARK)
        return color

    def _hair(self):
        outfit = self._outfit
        style = outfit.hair_style
        scarf = style == "headscarf"
        hair, depth = (outfit.hat, 0.02) if scarf else (outfit.hair, 0.07)

        def strands(hit):
            left, up, _ = hit.local
            streak = 1 + depth * np.sin(22 * left + 5 * up)
            return hair[:, None] * streak

        if style == "curly":
            curls = SKULL * (1.22, 1.12, 1.15) * self._height
            ball = Ellipsoid(self.at((0, 0.36, -0.30)), self._axes, curls)
            yield Part(ball, strands)
            return
        size = 1.13 if scarf else 1.09
        shell = self._ball((0, 0.03, -0.04), size)
        yield Part(shell, strands, keep=_HAIRLINES.get(style, _short))
        if style == "long" or scarf:
            yield Part(self._curtain(), strands)
        elif style == "bun":
            yield Part(self._ball((0, 0.95, -0.55), (0.5, 0.36, 0.45)), strands)
        elif style == "ponytail":
            tail = Tube(
                self.at((0, 0.45, -1.05)),
                self.at((0, -0.95, -1.45)),
                np.array((0.09, 0.13, 0.04)) * self._height,
                self._axes[:, 0],
            )
            yield Part(tail, strands)

    def _curtain(self):
        """Hair falling from the back of the head to the shoulders."""
        return Tube(
            self.at((0, 0.3, -0.55)),
            self.at((0, -1.35, -0.75)),
            np.array((0.36, 0.40, 0.36)) * self._height,
            self._axes[:, 0],
            flatness=0.5,
        )

    def _hat(self):
        hat = self._outfit.hat
        yield Part(
            self._ball((0, 0.12, -0.02), 1.13),
            hat,
            keep=lambda hit: hit.local[1] > 0.30,
        )
        if self._outfit.hair_style == "cap":
            brim = self._ball((0, 0.48, 0.95), (0.72, 0.06, 0.62))
            yield Part(brim, hat * np.float32(0.85))
        else:
            yield Part(
                self._ball((0, 1.28, -0.02), (0.26, 0.2, 0.24)),
                hat * np.float32(1.1),
            )


def _within(x, y, half_width, half_height):
    return (x / half_width) ** 2 + (y / half_height) ** 2 < 1


def _short(hit):
    _, up, ahead = hit.local
    return up - 0.56 * ahead > 0.08


def _parted(hit):
    left, up, ahead = hit.local
    return up - 0.55 * ahead + 0.22 * left * (ahead > 0) > 0.05


def _long(hit):
    left, up, ahead = hit.local
    parting = up - 0.3 * ahead + 0.35 * np.abs(left) > 0.28
    return parting | (ahead < 0.05 + 0.25 * np.abs(left))


def _pulled_back(hit):
    _, up, ahead = hit.local
    return up - 0.62 * ahead > -0.02


def _scarf(hit):
    left, up, ahead = hit.local
    face = (left / 0.66) ** 2 + ((up + 0.1) / 0.68) ** 2 < 1
    return ~(face & (ahead > 0))


_HAIRLINES = {
    "parted": _parted,
    "long": _long,
    "bun": _pulled_back,
    "ponytail": _pulled_back,
    "headscarf": _scarf,
}
