"""Ellipsoids seen along z: heads, hair, hats."""

import math

import numpy as np

from keras_drsi.data.synthetic.hit import Hit


class Ellipsoid:
    """An ellipsoid in canvas coordinates.

    Pixels: x to the right, y down, z towards the camera.

    Args:
        center: (3,) pixels.
        axes: matrix (3, 3) whose columns are its left, up and ahead.
        radii: three half lengths along them, pixels.
    """

    def __init__(self, center, axes, radii):
        self.center, self.axes = np.asarray(center), np.asarray(axes)
        self.radii = np.maximum(np.asarray(radii, "float64"), 0.3)

    def bounds(self):
        """(left, top, right, bottom) of all that it covers, floats."""
        (x, y, _), radii = self.center.tolist(), self.radii.tolist()
        half_width, half_height = (
            1 + math.sqrt(sum((a * r) ** 2 for a, r in zip(row, radii)))
            for row in self.axes[:2].tolist()
        )
        return x - half_width, y - half_height, x + half_width, y + half_height

    def cast(self, x, y):
        """Meets the lines of sight through columns x (W,) and rows y (H,).

        Returns:
            tuple `(place, depth, hit)`: the flat positions (N,) covered among
            the H * W pixels, the depth (N,) there, and a function giving the
            `Hit` of chosen ones of the N.
        """
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
