"""The sheet on which one figure is drawn, with its depth buffer."""

import dataclasses

import cv2
import numpy as np

from keras_drsi.data.synthetic.hit import Hit
from keras_drsi.data.synthetic.tube import Tube, TubeCast

_AMBIENT, _DIFFUSE = 0.60, 0.48


@dataclasses.dataclass(frozen=True)
class Part:
    """A surface and how it looks.

    Args:
        surface: `Tube` or `Ellipsoid`.
        paint: RGB (3,), or a function of a `Hit` giving RGB (3, N).
        keep: function of a `Hit` of an ellipsoid giving a mask (N,): where
            it exists. Everywhere if None.
        prop: whether it is a thing and not part of the person.
    """

    surface: object
    paint: object
    keep: object = None
    prop: bool = False


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
        self._planes = np.zeros((3, height, width), "uint8")
        self._light = [float(part) for part in light]

    def color(self):
        """(height, width, 3) uint8 RGB, zero where empty."""
        return cv2.merge(tuple(self._planes))

    def draw(self, parts):
        """Draws `Part`s in any order: the nearest surface is seen."""
        tubes, ellipsoids = [], []
        for part in parts:
            window = self._window(part.surface)
            if window is not None:
                is_tube = isinstance(part.surface, Tube)
                (tubes if is_tube else ellipsoids).append((part, window))
        if tubes:
            self._draw_tubes(*zip(*tubes))
        for part, window in ellipsoids:
            self._draw_ellipsoid(part, window)

    def _draw_tubes(self, parts, windows):
        near = [self._near(*pair) for pair in zip(parts, windows)]
        surfaces = [part.surface for part in parts]
        cast = TubeCast(surfaces, near)
        place = np.concatenate([part for part, _, _ in near])
        depth = self.depth.reshape(-1)
        np.maximum.at(depth, place, cast.depth)
        seen = (cast.depth == depth[place]) & (cast.depth > -np.inf)
        seen = seen.nonzero()[0]
        place = place[seen]
        counts, hit = cast.hits(seen)
        colors = np.empty((3, len(place)), "float32")
        start = 0
        for part, count in zip(parts, counts.tolist()):
            piece = slice(start, start + count)
            start += count
            color = part.paint
            if callable(color):
                tube = part.surface
                axes = (tube.left, tube.up, tube.ahead)
                color = color(Hit(hit.normal[:, piece], axes, hit.along[piece]))
            colors[:, piece] = np.reshape(color, (3, -1))
        body = np.repeat([0 if part.prop else 255 for part in parts], counts)
        self._put(place, colors, hit.normal, body)

    def _draw_ellipsoid(self, part, window):
        place, depth, hit_of = part.surface.cast(
            self._x[window[1]], self._y[window[0]]
        )
        before = self.depth[window].ravel()[place]
        nearer = (depth > before).nonzero()[0]
        hit = hit_of(nearer)
        if part.keep is not None:
            kept = part.keep(hit).nonzero()[0]
            nearer, hit = nearer[kept], hit[kept]
        place = self._on_canvas(place[nearer], window)
        self.depth.reshape(-1)[place] = depth[nearer]
        color = part.paint(hit) if callable(part.paint) else part.paint
        colors = np.reshape(color, (3, -1))
        self._put(place, colors, hit.normal, 0 if part.prop else 255)

    def _put(self, place, colors, normal, body):
        x, y, z = normal
        a, b, c = self._light
        lit = np.maximum(a * x + b * y + c * z, 0)
        # Darker where the surface turns away: it sets a limb off from a
        # trunk of the same colour.
        shade = (_AMBIENT + _DIFFUSE * lit) * (0.62 + 0.38 * z)
        for plane, color in zip(self._planes, colors):
            plane.reshape(-1)[place] = np.minimum(color * shade, 255)
        self.body.reshape(-1)[place] = body

    def _near(self, part, window):
        place, *distances = part.surface.near(
            self._x[window[1]], self._y[window[0]]
        )
        return self._on_canvas(place, window), *distances

    def _window(self, surface):
        """Slices of the rows and columns around a surface, or None."""
        height, width = self.depth.shape
        x0, y0, x1, y1 = surface.bounds()
        left, top = max(int(x0), 0), max(int(y0), 0)
        right, bottom = min(int(x1) + 1, width), min(int(y1) + 1, height)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)

    def _on_canvas(self, place, window):
        """Flat positions in a window -> flat positions on the canvas."""
        rows, columns = window
        wide = columns.stop - columns.start
        width = self.depth.shape[1]
        first = rows.start * width + columns.start
        return place + (place // wide) * (width - wide) + first
