"""The sheet on which one figure is drawn, with its depth buffer."""

import numpy as np

_AMBIENT, _DIFFUSE = 0.58, 0.50


class Canvas:
    """A depth-buffered picture of one figure.

    Args:
        width, height: pixels.
        light: (3,) unit vector towards the light, in canvas coordinates.

    Attributes:
        color: (height, width, 3) float32 RGB in 0..255, zero where empty.
        depth: (height, width) float32, -inf where empty.
        body: (height, width) uint8, 255 where the person is, 0 where nothing
            or a mere prop is.
    """

    def __init__(self, width, height, light):
        self.color = np.zeros((height, width, 3), "float32")
        self.depth = np.full((height, width), -np.inf, "float32")
        self.body = np.zeros((height, width), "uint8")
        self._light = [float(part) for part in light]

    def draw(self, surface, paint, keep=None, prop=False):
        """Draws a surface wherever it is nearer than what is there.

        Args:
            surface: `Tube` or `Ellipsoid`.
            paint: function of a `Hit` giving RGB, shape (N, 3) or (3,).
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
        x = np.arange(left, right, dtype="float32") + np.float32(0.5)
        y = np.arange(top, bottom, dtype="float32") + np.float32(0.5)
        covered, hit = surface.cast(x, y)
        row = covered // (right - left)
        place = covered + row * (width - right + left) + (top * width + left)
        nearer = hit.depth > self.depth.ravel()[place]
        if keep is not None:
            nearer &= keep(hit)
        nearer = np.flatnonzero(nearer)
        hit, place = hit[nearer], place[nearer]
        self.depth.reshape(-1)[place] = hit.depth
        self.body.reshape(-1)[place] = 0 if prop else 255
        self.color.reshape(-1, 3)[place] = self._lit(paint(hit), hit.normal)

    def _lit(self, color, normal):
        x, y, z = normal
        a, b, c = self._light
        lit = np.maximum(a * x + b * y + c * z, 0)
        # Darker where the surface turns away: it sets a limb off from a
        # trunk of the same colour.
        shade = (_AMBIENT + _DIFFUSE * lit) * (0.62 + 0.38 * z)
        return np.minimum(color * shade[:, None], 255)
