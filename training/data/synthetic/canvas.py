"""The sheet on which one figure is drawn, with its depth buffer."""

import cv2
import numpy as np

_AMBIENT, _DIFFUSE = 0.60, 0.48


class Canvas:
    """A depth-buffered picture of one figure.

    Args:
        width, height: pixels.
        light: (3,) unit vector towards the light, in canvas coordinates.

    Attributes:
        depth: (height, width) float32, -inf where empty.
        body: (height, width) uint8, 255 where the person is, 0 where nothing
            or a mere prop is.
    """

    def __init__(self, width, height, light):
        self.depth = np.full((height, width), -np.inf, "float32")
        self.body = np.zeros((height, width), "uint8")
        self._x = np.arange(width, dtype="float32") + np.float32(0.5)
        self._y = np.arange(height, dtype="float32") + np.float32(0.5)
        # A plane per channel: NumPy scatters into planes three times as fast.
        self._planes = np.zeros((3, height, width), "float32")
        self._light = [float(part) for part in light]

    def color(self):
        """(height, width, 3) float32 RGB in 0..255, zero where empty."""
        return cv2.merge(tuple(self._planes))

    def draw(self, surface, paint, keep=None, prop=False):
        """Draws a surface wherever it is nearer than what is there.

        Args:
            surface: `Tube` or `Ellipsoid`.
            paint: RGB (3,), or a function of a `Hit` giving RGB (3, N).
            keep: function of a `Hit` giving a mask (N,): the part of the
                surface that exists. All of it if None.
            prop: whether it is a thing and not part of the person.
        """
        height, width = self.depth.shape
        x0, y0, x1, y1 = surface.bounds()
        left, top = max(int(x0), 0), max(int(y0), 0)
        right, bottom = min(int(x1) + 1, width), min(int(y1) + 1, height)
        if left >= right or top >= bottom:
            return
        window = np.s_[top:bottom, left:right]
        covered, depth, hit_of = surface.cast(
            self._x[window[1]], self._y[window[0]]
        )
        before = self.depth[window].ravel()[covered]
        nearer = (depth > before).nonzero()[0]
        hit = hit_of(nearer)
        if keep is not None:
            kept = keep(hit).nonzero()[0]
            nearer, hit = nearer[kept], hit[kept]
        place = covered[nearer]
        row = place // (right - left)
        place += row * (width - right + left) + (top * width + left)
        self.depth.reshape(-1)[place] = depth[nearer]
        self.body.reshape(-1)[place] = 0 if prop else 255
        shade = self._shade(hit.normal)
        color = paint(hit) if callable(paint) else paint
        for plane, channel in zip(self._planes, color):
            plane.reshape(-1)[place] = np.minimum(channel * shade, 255)

    def _shade(self, normal):
        x, y, z = normal
        a, b, c = self._light
        lit = np.maximum(a * x + b * y + c * z, 0)
        # Darker where the surface turns away: it sets a limb off from a
        # trunk of the same colour.
        return (_AMBIENT + _DIFFUSE * lit) * (0.62 + 0.38 * z)
