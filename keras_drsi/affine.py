"""The one map that moves pixels, boxes and points alike."""

import numpy as np


class Affine:
    """An affine map of the plane, in continuous pixel coordinates.

    A pixel with index i covers `[i, i + 1)`; its centre is `i + 0.5`. Maps
    compose as functions do: `(outer @ inner)` applies `inner` first.

    Args:
        matrix: (2, 3) numbers `[[a, b, tx], [c, d, ty]]`; x becomes
            `a x + b y + tx` and y becomes `c x + d y + ty`.

    Example:

    >>> mirror = Affine.mirror(width=100)
    >>> mirror.apply_points([[30.0, 5.0]])
    array([[70.,  5.]])
    """

    def __init__(self, matrix):
        self.matrix = np.array(matrix, dtype="float64").reshape(2, 3)

    @classmethod
    def scaling(cls, factor):
        return cls([[factor, 0, 0], [0, factor, 0]])

    @classmethod
    def translation(cls, x, y):
        return cls([[1, 0, x], [0, 1, y]])

    @classmethod
    def mirror(cls, width):
        """Left becomes right: x becomes `width - x`."""
        return cls([[-1, 0, width], [0, 1, 0]])

    def __matmul__(self, inner):
        linear, shift = self.matrix[:, :2], self.matrix[:, 2:]
        moved = linear @ inner.matrix
        moved[:, 2:] += shift
        return Affine(moved)

    @property
    def determinant(self):
        """The factor by which areas grow; negative if it mirrors."""
        return float(np.linalg.det(self.matrix[:, :2]))

    @property
    def pixel_matrix(self):
        """(2, 3) matrix between pixel indices, as `cv2.warpAffine` wants."""
        to_index = Affine.translation(-0.5, -0.5)
        to_centre = Affine.translation(0.5, 0.5)
        return (to_index @ self @ to_centre).matrix

    def inverse(self):
        linear = np.linalg.inv(self.matrix[:, :2])
        return Affine(np.c_[linear, -linear @ self.matrix[:, 2]])

    def apply_points(self, points):
        """Moves points.

        Args:
            points: (..., 2) x, y in pixels.

        Returns:
            array of the same shape; float32 stays float32, anything else
            becomes float64.
        """
        points = np.asarray(points)
        dtype = "float32" if points.dtype == np.float32 else "float64"
        moved = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved.astype(dtype)

    def apply_boxes(self, boxes):
        """Moves boxes; each result is the box around the moved corners.

        Args:
            boxes: (..., 4) x1, y1, x2, y2 in pixels.

        Returns:
            array of the same shape, `x1 <= x2` and `y1 <= y2`.
        """
        boxes = np.asarray(boxes)
        corners = boxes[..., [[0, 1], [2, 1], [2, 3], [0, 3]]]  # (..., 4, 2)
        corners = self.apply_points(corners)
        return np.concatenate([corners.min(-2), corners.max(-2)], axis=-1)
