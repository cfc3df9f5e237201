"""Tapered tubes seen along z: limbs, trunk, sleeves."""

import functools
import math

import numpy as np

from keras_drsi.data.synthetic.hit import Hit


class Tube:
    """A tapered limb with an elliptic cross section and rounded ends.

    Canvas pixels: x to the right, y down, z towards the camera.

    Args:
        start, end: (3,) ends of the axis, pixels.
        widths: half widths at equally spaced places from start to end; a
            polynomial runs through them.
        side: (3,) unit vector of the wide direction (the bone's left).
        flatness: half depth divided by half width.
        caps: lengths of the rounded ends at start and end, pixels; by
            default as round as they are wide.
    """

    def __init__(self, start, end, widths, side, flatness=1.0, caps=None):
        # Python numbers are quicker than NumPy's for so few.
        self.start, self.end = _floats(start), _floats(end)
        self.widths = [max(width, 0.3) for width in _floats(widths)]
        self.flatness = float(flatness)
        caps = (self.widths[0], self.widths[-1]) if caps is None else caps
        self.caps = [max(cap, 0.5) for cap in _floats(caps)]
        self.up = _unit([a - b for a, b in zip(self.start, self.end)])
        side = _floats(side)
        lean = sum(a * b for a, b in zip(side, self.up))
        self.left = _unit([a - lean * b for a, b in zip(side, self.up)])
        # Canvas coordinates are left-handed, hence up x left.
        (a, b, c), (d, e, f) = self.up, self.left
        self.ahead = [b * f - c * e, c * d - a * f, a * e - b * d]
        (x0, y0, _), (x1, y1, _) = self.start, self.end
        self.length = max(math.hypot(x1 - x0, y1 - y0), 1e-3)  # as seen
        self.axis = (x1 - x0) / self.length, (y1 - y0) / self.length
        if self.length == 1e-3:
            self.axis = 0.0, 1.0
        self.section = self._section()

    def bounds(self):
        """(left, top, right, bottom) of all that it covers, floats."""
        reach = max(self.widths) * max(1.0, self.flatness)
        reach = max(reach, *self.caps) + 1
        (x0, y0, _), (x1, y1, _) = self.start, self.end
        return (
            min(x0, x1) - reach,
            min(y0, y1) - reach,
            max(x0, x1) + reach,
            max(y0, y1) + reach,
        )

    def near(self, x, y):
        """The pixels of columns x (W,) and rows y (H,) that it may cover.

        Returns:
            tuple of arrays (N,): flat positions among the H * W pixels, and
            there the distances from the start, across the axis and along it.
        """
        (x0, y0, _), (ux, uy) = self.start, self.axis
        x, y = (x - x0)[None, :], (y - y0)[:, None]
        across = y * ux - x * uy  # (H, W)
        distance = x * ux + y * uy  # (H, W)
        near = np.abs(across) < max(self.widths) * math.sqrt(self.section[0])
        near &= distance > -self.caps[0]
        near &= distance < self.length + self.caps[1]
        near = near.ravel().nonzero()[0]
        return near, across.ravel()[near], distance.ravel()[near]

    def _section(self):
        """The cross section of half width 1 as it is seen.

        The unit circle maps to (across, depth) by a 2 x 2 matrix M; these
        are the entries aa, az, zz and the determinant of M times M^T.
        """
        ux, uy = self.axis
        left_a = self.left[1] * ux - self.left[0] * uy
        ahead_a = (self.ahead[1] * ux - self.ahead[0] * uy) * self.flatness
        left_z, ahead_z = self.left[2], self.ahead[2] * self.flatness
        aa = left_a**2 + ahead_a**2 + 1e-6
        az = left_a * left_z + ahead_a * ahead_z
        zz = left_z**2 + ahead_z**2 + 1e-6
        return aa, az, zz, max(aa * zz - az**2, 1e-6)


class TubeCast:
    """Meets lines of sight with many tubes at once.

    One pass over all pixels of all tubes, because with small figures NumPy's
    time per call would outweigh its time per pixel.

    Args:
        tubes: list of T `Tube`s.
        near: for each tube, what `Tube.near` gives.

    Attributes:
        depth: (N,) float32 for all these pixels in turn, -inf where the tube
            does not cover them.
    """

    def __init__(self, tubes, near):
        self._tubes = tubes
        self._counts = [len(place) for place, _, _ in near]
        across = np.concatenate([part for _, part, _ in near])
        distance = np.concatenate([part for _, _, part in near])
        table = np.array([_numbers(tube) for tube in tubes], "float32").T
        length, per_start, per_end, z, rise, per_aa, bulge, shear = np.repeat(
            table, self._counts, 1
        )
        along = np.minimum(np.maximum(distance, 0), length)
        beyond = np.minimum(distance, 0) * per_start
        beyond += np.maximum(distance - length, 0) * per_end
        along /= length
        width = self._widths(along)
        unit = across / width
        rest = 1 - unit * unit * per_aa - beyond * beyond
        height = np.sqrt(np.maximum(rest, 0)) * bulge + unit * shear
        self.depth = width * height + along * rise + z
        self.depth[rest <= 0] = -np.inf
        self._unit, self._height = unit, height
        self._beyond, self._along = beyond, along

    def _widths(self, along):
        most = max(len(tube.widths) for tube in self._tubes)
        table = np.zeros((len(self._tubes), most), "float32")
        for row, tube in zip(table, self._tubes):
            count = len(tube.widths)
            row[most - count :] = _interpolation(count) @ tube.widths
        first, *rest = np.repeat(table.T, self._counts, 1)
        for coefficient in rest:
            first *= along
            first += coefficient
        return first

    def hits(self, chosen):
        """One `Hit` per tube, of its chosen pixels.

        Args:
            chosen: increasing positions among the N.

        Returns:
            tuple of an array (T,) with the number of chosen pixels of each
            tube, and the `Hit` of all together.
        """
        ends = np.cumsum(self._counts)
        counts = np.diff(np.searchsorted(chosen, ends), prepend=0)
        table = [(*tube.axis, *tube.section) for tube in self._tubes]
        ux, uy, aa, az, zz, determinant = np.repeat(
            np.array(table, "float32").T, counts, 1
        )
        unit, height = self._unit[chosen], self._height[chosen]
        beyond = self._beyond[chosen] * determinant
        across = unit * zz - height * az
        normal = np.stack(
            [
                beyond * ux - across * uy,
                beyond * uy + across * ux,
                height * aa - unit * az,
            ]
        )
        return counts, Hit(normal, np.eye(3), self._along[chosen])


def _numbers(tube):
    """What `TubeCast` needs of a tube at each of its pixels."""
    aa, az, _, determinant = tube.section
    return (
        tube.length,
        1 / tube.caps[0],
        1 / tube.caps[1],
        tube.start[2],
        tube.end[2] - tube.start[2],
        1 / aa,
        math.sqrt(determinant / aa),
        az / aa,
    )


@functools.cache
def _interpolation(count):
    """Values at equally spaced places of 0..1 -> polynomial coefficients."""
    return np.linalg.inv(np.vander(np.linspace(0, 1, count)))


def _floats(values):
    return np.asarray(values, "float64").tolist()


def _unit(vector):
    length = math.sqrt(sum(v * v for v in vector)) + 1e-9
    return [v / length for v in vector]
