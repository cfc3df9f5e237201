"""The persons of one picture, as arrays that move with its pixels."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Persons:
    """n persons in one picture.

    Args:
        boxes: (n, 4) float32, x1, y1, x2, y2 in pixels.
        keypoints: (n, K, 3) float32, x, y in pixels and v (0 not labelled,
            1 occluded, 2 visible); x = y = 0 where v = 0.
        areas: (n,) float32, the segment's area in square pixels.
    """

    boxes: np.ndarray
    keypoints: np.ndarray
    areas: np.ndarray

    @classmethod
    def none(cls, keypoints):
        """Nobody, with room for `keypoints` keypoints each."""
        return cls(
            np.zeros((0, 4), "float32"),
            np.zeros((0, keypoints, 3), "float32"),
            np.zeros((0,), "float32"),
        )

    @classmethod
    def together(cls, groups):
        """All persons of several groups, in order."""
        return cls(
            np.concatenate([group.boxes for group in groups]),
            np.concatenate([group.keypoints for group in groups]),
            np.concatenate([group.areas for group in groups]),
        )

    def __len__(self):
        return len(self.boxes)

    def moved(self, affine, flip_index):
        """The persons after an affine map of their picture.

        Args:
            affine: `Affine`. One that mirrors also exchanges the names of
                left and right keypoints.
            flip_index: K integers, `KeypointSchema.flip_index`.
        """
        growth = affine.determinant
        keypoints = self.keypoints
        if growth < 0:
            keypoints = keypoints[:, list(flip_index)]
        labelled = keypoints[..., 2:] > 0
        points = affine.apply_points(keypoints[..., :2])
        return Persons(
            affine.apply_boxes(self.boxes)
            if affine.is_axis_parallel
            else affine.apply_ellipses(self.boxes),
            np.concatenate(
                [np.where(labelled, points, 0), keypoints[..., 2:]], axis=-1
            ),
            self.areas * np.float32(abs(growth)),
        )

    def clipped(self, width, height):
        """The persons cut off at the border of a canvas.

        Keypoints outside become unlabelled (0, 0, 0); areas shrink like the
        boxes do.

        Returns:
            `Persons` of the same number, and the (n,) fraction of each box
            that is inside.
        """
        limit = np.array([width, height], "float32")
        corners = self.boxes.reshape(-1, 2, 2)
        inside = np.clip(corners, 0, limit)
        side = corners[:, 1] - corners[:, 0]
        # A box without extent is inside or outside as a whole.
        within = np.all(inside == corners, axis=1)
        fraction = np.where(
            side > 0,
            (inside[:, 1] - inside[:, 0]) / np.where(side > 0, side, 1),
            within,
        ).prod(axis=-1)
        points = self.keypoints[..., :2]
        visible = np.all((points >= 0) & (points <= limit), axis=-1)
        clipped = Persons(
            inside.reshape(-1, 4),
            np.where(visible[..., None], self.keypoints, 0),
            (self.areas * fraction).astype("float32"),
        )
        return clipped, fraction

    def chosen(self, keep):
        """The persons that an (n,) boolean or index array names."""
        return Persons(self.boxes[keep], self.keypoints[keep], self.areas[keep])

    @property
    def labelled(self):
        """(n,) bool: has at least one labelled keypoint."""
        return np.any(self.keypoints[..., 2] > 0, axis=-1)

    def padded(self, rows):
        """Arrays of a fixed number of rows, zero beyond the persons.

        Args:
            rows: at least `len(self)`.

        Returns:
            dict of `boxes` (rows, 4), `keypoints` (rows, K, 3), `areas`
            (rows,) and `count` (), an int32.
        """
        missing = rows - len(self)
        return {
            "boxes": np.pad(self.boxes, [(0, missing), (0, 0)]),
            "keypoints": np.pad(self.keypoints, [(0, missing), (0, 0), (0, 0)]),
            "areas": np.pad(self.areas, [(0, missing)]),
            "count": np.int32(len(self)),
        }
