"""Where lines of sight meet a surface."""

import numpy as np


class Hit:
    """N points of a surface, seen from the camera.

    Args:
        normal: (3, N) float32, outward in canvas coordinates, of any length.
        axes: the surface's own left, up and ahead as rows (3, 3).
        along: (N,) position between start (0) and end (1) of a tube.
        local: (3, N) place on a unit sphere in the surface's own axes. By
            default the unit normal in these axes.

    Attributes:
        normal: (3, N) float32, the unit normal.
        along: as given.
        local: (3, N), each in -1..1: how far the place is to the left, up
            and ahead.
    """

    def __init__(self, normal, axes, along, local=None):
        x, y, z = normal
        self.normal = normal / np.sqrt(x * x + y * y + z * z)
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
