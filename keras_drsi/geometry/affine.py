"""A 2D affine transform, shared by pixels, boxes and keypoints."""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class Affine:
    """A 2D affine transform in continuous pixel coordinates.

    Maps a point (x, y) to `(xx * x + xy * y + x0, yx * x + yy * y + y0)`.
    The pixel with index i covers `[i, i + 1)`, with its center at `i + 0.5`.
    Transforms compose like functions: `outer @ inner` applies `inner` first.

    Args:
        xx: float. Coefficient of x in the new x.
        xy: float. Coefficient of y in the new x.
        x0: float. Translation along x in pixels.
        yx: float. Coefficient of x in the new y.
        yy: float. Coefficient of y in the new y.
        y0: float. Translation along y in pixels.

    Example:

    >>> mirror = Affine.mirror(width=100)
    >>> mirror.apply_points([[30.0, 5.0]])
    array([[70.,  5.]])
    """

    xx: float
    xy: float
    x0: float
    yx: float
    yy: float
    y0: float

    @classmethod
    def scaling(cls, factor):
        """Uniform scaling about the origin."""
        return cls(factor, 0.0, 0.0, 0.0, factor, 0.0)

    @classmethod
    def translation(cls, x, y):
        """Translation by (x, y) pixels."""
        return cls(1.0, 0.0, x, 0.0, 1.0, y)

    @classmethod
    def rotation(cls, degrees):
        """Rotation about the origin, clockwise on screen."""
        cosine = math.cos(math.radians(degrees))
        sine = math.sin(math.radians(degrees))
        return cls(cosine, -sine, 0.0, sine, cosine, 0.0)

    @classmethod
    def mirror(cls, width):
        """Horizontal flip of an image `width` pixels wide: x to `width - x`."""
        return cls(-1.0, 0.0, width, 0.0, 1.0, 0.0)

    def __matmul__(self, inner):
        return Affine(
            self.xx * inner.xx + self.xy * inner.yx,
            self.xx * inner.xy + self.xy * inner.yy,
            self.xx * inner.x0 + self.xy * inner.y0 + self.x0,
            self.yx * inner.xx + self.yy * inner.yx,
            self.yx * inner.xy + self.yy * inner.yy,
            self.yx * inner.x0 + self.yy * inner.y0 + self.y0,
        )

    @property
    def matrix(self):
        """(2, 3) float64 array `[[xx, xy, x0], [yx, yy, y0]]`."""
        return np.array(
            [[self.xx, self.xy, self.x0], [self.yx, self.yy, self.y0]],
            "float64",
        )

    @property
    def determinant(self):
        """Factor by which areas scale; negative for a reflection."""
        return self.xx * self.yy - self.xy * self.yx

    @property
    def is_axis_parallel(self):
        """Whether axis-aligned boxes stay axis-aligned (no rotation)."""
        return self.xy == 0 and self.yx == 0

    def between_pixels(self):
        """The same transform on pixel indices instead of coordinates."""
        to_index = Affine.translation(-0.5, -0.5)
        to_center = Affine.translation(0.5, 0.5)
        return to_index @ self @ to_center

    def inverse(self):
        """The inverse transform."""
        scale = 1 / self.determinant
        xx, xy = self.yy * scale, -self.xy * scale
        yx, yy = -self.yx * scale, self.xx * scale
        return Affine(
            xx,
            xy,
            -(xx * self.x0 + xy * self.y0),
            yx,
            yy,
            -(yx * self.x0 + yy * self.y0),
        )

    def apply_points(self, points):
        """Transforms points.

        Args:
            points: array of shape (..., 2), x and y in pixels.

        Returns:
            Array of the same shape: float32 for float32 input, otherwise
            float64.
        """
        points = np.asarray(points)
        dtype = "float32" if points.dtype == np.float32 else "float64"
        matrix = self.matrix
        return (points @ matrix[:, :2].T + matrix[:, 2]).astype(dtype)

    def apply_boxes(self, boxes):
        """Transforms boxes to the bounding boxes of their moved corners.

        Args:
            boxes: array of shape (..., 4), xyxy in pixels.

        Returns:
            Array of the same shape, with `x1 <= x2` and `y1 <= y2`.
        """
        boxes = np.asarray(boxes)
        corners = boxes[..., [[0, 1], [2, 1], [2, 3], [0, 3]]]  # (..., 4, 2)
        corners = self.apply_points(corners)
        return np.concatenate([corners.min(-2), corners.max(-2)], axis=-1)

    def apply_ellipses(self, boxes):
        """Transforms boxes to the bounding boxes of their moved ellipses.

        The corners of a person's box are usually empty, so the bounding box of
        the rotated corners is much too large. That of the inscribed ellipse is
        a tighter estimate, and the same without rotation.

        Args:
            boxes: array of shape (..., 4), xyxy in pixels.

        Returns:
            Array of the same shape, with `x1 <= x2` and `y1 <= y2`.
        """
        boxes = np.asarray(boxes)
        low, high = boxes[..., :2], boxes[..., 2:]
        center = self.apply_points((low + high) / 2)
        squared = np.square((high - low) / 2) @ np.square(self.matrix[:, :2]).T
        half = np.sqrt(squared).astype(center.dtype)
        return np.concatenate([center - half, center + half], axis=-1)
