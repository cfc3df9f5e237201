"""Round bodies seen along z, hidden by one another through a depth buffer.

Coordinates are pixels of the canvas: x to the right, y down, z towards the
camera. A surface knows which pixels its outline covers and, for each, the
depth, the unit normal and where on the surface the point lies.
"""

import functools
import math

import numpy as np


class Hit:
    """Where N lines of sight meet a surface.

    Args:
        normal: (3, N) float32, outward in canvas coordinates, of any length.
        axes: the surface's own left, up and ahead as rows (3, 3).
        along: (N,) position between start (0) and end (1) of a tube.
        local: (3, N) place on a unit sphere in the surface's own axes. By
            default the unit normal in these axes.

    Attributes:
        normal: (3, N) float32, the unit normal.
        along: as given.
        local: three arrays (N,), each in -1..1: how far the place is to the
            left, up and ahead.
    """

    def __init__(self, normal, axes, along, local=None):
        square = normal * normal
        length = np.sqrt(square[0] + square[1] + square[2])
        self.normal = normal / length
        self.along = along
        self._axes, self._local = axes, local

    @property
    def local(self):
        if self._local is None:
            self._local = np.asarray(self._axes, "float32") @ self.normal
        return self._local

    def __getitem__(self, chosen):
        return Hit(
            self.normal[:, chosen],
            self._axes,
            self.along[chosen],
            self.local[:, chosen],
        )


class Tube:
    """A tapered limb with an elliptic cross section and rounded ends.

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
        # Python numbers: quick for so few, and NumPy's own would turn the
        # float32 of whole images into float64.
        self.start, self.end = _floats(start), _floats(end)
        self.widths = [max(width, 0.3) for width in _floats(widths)]
        self.flatness = float(flatness)
        caps = (self.widths[0], self.widths[-1]) if caps is None else caps
        self.caps = [max(cap, 0.5) for cap in _floats(caps)]
        self.up = _unit_vector([a - b for a, b in zip(self.start, self.end)])
        side = _floats(side)
        lean = sum(a * b for a, b in zip(side, self.up))
        self.left = _unit_vector([a - lean * b for a, b in zip(side, self.up)])
        # Canvas coordinates are left-handed, hence up x left.
        (a, b, c), (d, e, f) = self.up, self.left
        self.ahead = [b * f - c * e, c * d - a * f, a * e - b * d]

    def bounds(self):
        reach = max(self.widths) * max(1.0, self.flatness)
        reach = max(reach, *self.caps) + 1
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
            tuple `(place, depth, hit)`: the flat positions (N,) among the
            H * W pixels that may be covered, the depth (N,) there, -inf
            where they are not, and a function giving the `Hit` of chosen
            ones of the N.
        """
        (x0, y0, z0), (x1, y1, z1) = self.start, self.end
        length = math.hypot(x1 - x0, y1 - y0)
        if length > 1e-3:
            ux, uy = (x1 - x0) / length, (y1 - y0) / length
        else:
            length, ux, uy = 1e-3, 0.0, 1.0
        c_aa, c_az, c_zz, determinant = self._section(ux, uy)
        x, y = (x - x0)[None, :], (y - y0)[:, None]
        across = y * ux - x * uy  # (H, W)
        distance = x * ux + y * uy  # (H, W) along the axis
        near = np.abs(across) < max(self.widths) * math.sqrt(c_aa)
        near &= (distance > -self.caps[0]) & (distance < length + self.caps[1])
        near = near.ravel().nonzero()[0]
        across, distance = across.ravel()[near], distance.ravel()[near]

        along = np.minimum(np.maximum(distance, 0), length)
        beyond = np.minimum(distance, 0) * (1 / self.caps[0])
        beyond += np.maximum(distance - length, 0) * (1 / self.caps[1])
        along *= 1 / length
        width = _polynomial(self.widths, along)
        unit = across / width
        rest = 1 - unit * unit * (1 / c_aa) - beyond * beyond
        height = np.sqrt(np.maximum(rest, 0)) * math.sqrt(determinant / c_aa)
        height += unit * (c_az / c_aa)
        depth = width * height + along * (z1 - z0)
        depth += z0
        depth[rest <= 0] = -np.inf

        def hit(chosen):
            u, h = unit[chosen], height[chosen]
            slope = np.empty((3, len(chosen)), "float32")
            slope[0] = u * c_zz - h * c_az
            slope[1] = beyond[chosen] * determinant
            slope[2] = h * c_aa - u * c_az
            basis = np.array([[-uy, ux, 0], [ux, uy, 0], [0, 0, 1]], "float32")
            axes = (self.left, self.up, self.ahead)
            return Hit(basis.T @ slope, axes, along[chosen])

        return near, depth, hit

    def _section(self, ux, uy):
        """The cross section of half width 1 as seen across axis (ux, uy).

        The unit circle maps to (across, depth) by a 2 x 2 matrix M; these
        are the entries aa, az, zz and the determinant of M times M^T.
        """
        left_a = self.left[1] * ux - self.left[0] * uy
        ahead_a = (self.ahead[1] * ux - self.ahead[0] * uy) * self.flatness
        left_z, ahead_z = self.left[2], self.ahead[2] * self.flatness
        aa = left_a**2 + ahead_a**2 + 1e-6
        az = left_a * left_z + ahead_a * ahead_z
        zz = left_z**2 + ahead_z**2 + 1e-6
        return aa, az, zz, max(aa * zz - az**2, 1e-6)


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
        covered = (root > 0).ravel().nonzero()[0]
        z = (np.sqrt(root.ravel()[covered]) - b.ravel()[covered]) * (1 / a)

        def hit(chosen):
            row, column = np.divmod(covered[chosen], root.shape[1])
            point = np.stack([x[0, column], y[row, 0], z[chosen]])
            local = to_unit.astype("float32") @ point
            from_unit = (self.axes / self.radii).astype("float32")
            along = np.zeros_like(point[2])
            return Hit(from_unit @ local, self.axes.T, along, local)

        return covered, z + z0, hit


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
