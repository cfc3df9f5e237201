"""Round bodies seen along z, hidden by one another through a depth buffer.

Coordinates are pixels of the canvas: x to the right, y down, z towards the
camera. A surface knows which pixels its outline covers and, for each, the
depth, the unit normal and where on the surface the point lies.
"""

import dataclasses
import functools
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class Hit:
    """Where the N lines of sight meet a surface.

    Args:
        depth: (N,) z of the point.
        normal: three arrays (N,), the unit normal in canvas coordinates.
        local: three arrays (N,), the same direction in the surface's own
            axes: left, up, ahead. Each in -1..1.
        along: (N,) position between start (0) and end (1) of a tube.
    """

    depth: np.ndarray
    normal: tuple
    local: tuple
    along: np.ndarray

    def __getitem__(self, chosen):
        return Hit(
            self.depth[chosen],
            tuple(axis[chosen] for axis in self.normal),
            tuple(axis[chosen] for axis in self.local),
            self.along[chosen],
        )


class Tube:
    """A tapered limb with an elliptic cross section and rounded ends.

    Args:
        start, end: (3,) ends of the axis, pixels.
        widths: half widths at equally spaced places from start to end; a
            polynomial runs through them.
        side: (3,) unit vector of the wide direction (the bone's left).
        flatness: half depth divided by half width.
        cap: length of the rounded ends, pixels.
    """

    def __init__(self, start, end, widths, side, flatness=1.0, cap=None):
        # Python numbers: quick for so few, and NumPy's own would turn the
        # float32 of whole images into float64.
        self.start, self.end = _floats(start), _floats(end)
        self.widths = [max(width, 0.3) for width in _floats(widths)]
        self.flatness = float(flatness)
        self.cap = max(0.5, float(min(self.widths) if cap is None else cap))
        self.up = _unit_vector([a - b for a, b in zip(self.start, self.end)])
        side = _floats(side)
        lean = sum(a * b for a, b in zip(side, self.up))
        self.left = _unit_vector([a - lean * b for a, b in zip(side, self.up)])
        # Canvas coordinates are left-handed, hence up x left.
        (a, b, c), (d, e, f) = self.up, self.left
        self.ahead = [b * f - c * e, c * d - a * f, a * e - b * d]

    def bounds(self):
        reach = max(self.widths) * max(1.0, self.flatness)
        reach = max(reach, self.cap) + 1
        (x0, y0, _), (x1, y1, _) = self.start, self.end
        return (
            min(x0, x1) - reach,
            min(y0, y1) - reach,
            max(x0, x1) + reach,
            max(y0, y1) + reach,
        )

    def cast(self, x, y):
        """Meets the lines of sight through columns x (W,) and rows y (H,).

        Returns:
            tuple of the flat positions (N,) covered among the H * W pixels,
            and their `Hit`.
        """
        (x0, y0, z0), (x1, y1, z1) = self.start, self.end
        left, up, ahead = self.left, self.up, self.ahead
        length = math.hypot(x1 - x0, y1 - y0)
        if length > 1e-3:
            ux, uy = (x1 - x0) / length, (y1 - y0) / length
        else:
            length, ux, uy = 1e-3, 0.0, 1.0
        x, y = (x - x0)[None, :], (y - y0)[:, None]
        distance = x * ux + y * uy  # (H, W) along the axis
        across = y * ux - x * uy  # (H, W)
        along = np.clip(distance * (1 / length), 0, 1)
        width = _polynomial(self.widths, along)
        # A unit circle maps to (across, depth) by a 2 x 2 matrix; `c` is its
        # matrix times its transpose, for half width 1.
        left_a = left[1] * ux - left[0] * uy
        ahead_a = (ahead[1] * ux - ahead[0] * uy) * self.flatness
        left_z, ahead_z = left[2], ahead[2] * self.flatness
        c_aa = left_a**2 + ahead_a**2 + 1e-6
        c_az = left_a * left_z + ahead_a * ahead_z
        c_zz = left_z**2 + ahead_z**2 + 1e-6
        beyond = (distance - along * length) * (1 / self.cap)
        unit = across / width
        radius = unit * unit * (1 / c_aa) + beyond * beyond
        covered = np.flatnonzero(radius < 1)
        unit, beyond = unit.ravel()[covered], beyond.ravel()[covered]
        along, width = along.ravel()[covered], width.ravel()[covered]
        determinant = max(c_aa * c_zz - c_az**2, 1e-6)
        bulge = np.sqrt(1 - radius.ravel()[covered])
        height = unit * (c_az / c_aa)
        height += bulge * math.sqrt(determinant / c_aa)
        depth = z0 + along * (z1 - z0) + width * height
        n_across = (c_zz * unit - c_az * height) / determinant
        n_z = (c_aa * height - c_az * unit) / determinant
        normal = _unit(
            n_across * -uy + beyond * ux, n_across * ux + beyond * uy, n_z
        )
        local = _in_axes(normal, (left, up, ahead))
        return covered, Hit(depth, normal, local, along)


class Ellipsoid:
    """An ellipsoid, for heads, hair and cushions.

    Args:
        center: (3,) pixels.
        axes: matrix (3, 3) whose columns are its left, up and ahead.
        radii: three half lengths along them, pixels.
    """

    def __init__(self, center, axes, radii):
        self.center, self.axes = np.asarray(center), np.asarray(axes)
        self.radii = np.maximum(np.asarray(radii, "float64"), 0.3)

    def bounds(self):
        (x, y, _), radii = self.center.tolist(), self.radii.tolist()
        half_width, half_height = (
            1 + math.sqrt(sum((a * r) ** 2 for a, r in zip(row, radii)))
            for row in self.axes[:2].tolist()
        )
        return x - half_width, y - half_height, x + half_width, y + half_height

    def cast(self, x, y):
        """As `Tube.cast`."""
        x0, y0, z0 = self.center.tolist()
        to_unit = (self.axes / self.radii).T  # canvas -> unit sphere
        (q_xx, q_xy, q_xz), (_, q_yy, q_yz), (_, _, a) = (
            to_unit.T @ to_unit
        ).tolist()
        x, y = (x - x0)[None, :], (y - y0)[:, None]
        # a z^2 + 2 b z + c = 0, solved for the nearer z
        b = q_xz * x + q_yz * y
        c = (q_xx * x * x - 1) + q_yy * y * y
        c += 2 * q_xy * x * y
        root = b * b - a * c
        covered = np.flatnonzero(root > 0)
        z = (np.sqrt(root.ravel()[covered]) - b.ravel()[covered]) / a
        x = x[0, covered % x.shape[1]]
        y = y[covered // root.shape[1], 0]
        local = _in_axes((x, y, z), to_unit.tolist())
        scaled = tuple(v / r for v, r in zip(local, self.radii.tolist()))
        normal = _unit(*_in_axes(scaled, self.axes.tolist()))
        return covered, Hit(z + z0, normal, local, np.zeros_like(z))


@functools.cache
def _interpolation(count):
    places = np.linspace(0, 1, count)
    return np.linalg.inv(np.vander(places))


def _polynomial(values, along):
    """The polynomial through values at equally spaced places of 0..1."""
    first, *rest = (_interpolation(len(values)) @ values).tolist()
    result = np.full_like(along, first)
    for coefficient in rest:
        result *= along
        result += coefficient
    return result


def _floats(values):
    return np.asarray(values, "float64").tolist()


def _unit_vector(vector):
    length = math.sqrt(sum(v * v for v in vector)) + 1e-9
    return [v / length for v in vector]


def _unit(x, y, z):
    scale = 1 / np.sqrt(x * x + y * y + z * z + 1e-12)
    return x * scale, y * scale, z * scale


def _in_axes(vector, axes):
    x, y, z = vector
    return tuple(a[0] * x + a[1] * y + a[2] * z for a in axes)
