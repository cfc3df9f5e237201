"""Assignment of persons to the anchor positions that predict them."""

import collections

import keras
from keras import ops

from keras_drsi.errors import InputError
from keras_drsi.geometry.boxes import xyxy_to_cxcywh
from keras_drsi.levels import LEVEL_STRIDES

Assignment = collections.namedtuple(
    "Assignment", ["cells", "positions", "positive"]
)

# An anchor matches a person unless a side is 4 times longer or shorter.
MATCH_RATIO = 4.0

# The cell of the person's center and its nearest horizontal and vertical
# neighbors, as multiples of the direction to the nearest one.
CELL_STEPS = ((0, 0), (1, 0), (0, 1))


@keras.saving.register_keras_serializable(package="keras_drsi")
class TargetAssigner:
    """Assigns each person to the anchor positions that have to predict it.

    A person matches an anchor if both ratios of their sides lie between
    `1 / ratio` and `ratio`. It is then assigned to that anchor in three cells:
    the cell of its center and the nearest horizontal and vertical neighbors,
    if they are on the map. Boxes without width or height, and boxes whose
    center is far outside the image, match nothing.

    The result has a static shape. The assignment of a person does not depend
    on the order of the persons or on the rest of the batch.

    Args:
        anchors: nested tuple of shape (levels, A, 2): width and height in
            input pixels, from the finest to the coarsest level.
        ratio: float greater than 1, the maximum ratio of the sides of a box
            and an anchor (exclusive). Defaults to 4.0.

    Call arguments:
        boxes: tensor of shape (B, M, 4), xyxy in input pixels.
        count: integer tensor of shape (B,), the number of persons. Rows from
            `count` on are padding.
        map_sizes: list with the (height, width) in cells of each level.

    Returns:
        `Assignment`, a named tuple of tensors with the axes level, image,
        person, anchor and cell:

        - `cells`: (levels, B, M, 3, 2) float32, column and row of each cell.
        - `positions`: (levels, B, M, A, 3) int32, index into the map of the
          image, flattened over rows, columns and anchors; 0 where not
          positive.
        - `positive`: (levels, B, M, A, 3) bool, whether the person is assigned
          to the position.

    Raises:
        InputError: if `anchors` does not have the same number of anchors for
            each of the four levels.

    Example:

    >>> assigner = TargetAssigner(anchors)  # 4 levels, 3 anchors each
    >>> assignment = assigner(
    ...     boxes, count, [(80, 80), (40, 40), (20, 20), (10, 10)]
    ... )
    >>> assignment.positive.shape  # 16 images, up to 64 persons
    (4, 16, 64, 3, 3)
    """

    def __init__(self, anchors, ratio=MATCH_RATIO):
        self.anchors = tuple(
            tuple((float(w), float(h)) for w, h in level) for level in anchors
        )
        counts = [len(level) for level in self.anchors]
        if len(counts) != len(LEVEL_STRIDES) or len(set(counts)) != 1:
            raise InputError(
                f"TargetAssigner: anchors: expected {len(LEVEL_STRIDES)} "
                f"levels with the same number of anchors, got {anchors}."
            )
        self.ratio = float(ratio)

    def __call__(self, boxes, count, map_sizes):
        boxes = xyxy_to_cxcywh(boxes)
        strides = ops.convert_to_tensor(
            list(LEVEL_STRIDES.values()), "float32"
        )[:, None, None, None]
        sizes = ops.convert_to_tensor([(w, h) for h, w in map_sizes], "int32")
        sizes = ops.cast(sizes, "float32")[:, None, None, :]
        centers = boxes[..., :2] / strides  # (levels, B, M, 2)
        cells = _nearest_cells(centers, sizes)
        is_person = _is_person(boxes, count)[..., None, None]
        matches = self._matches(boxes[..., 2:])[..., :, None]
        usable = _is_usable(cells, centers, sizes)[..., None, :]
        positive = ops.logical_and(ops.logical_and(is_person, matches), usable)
        positions = self._positions(cells, sizes[..., :1])
        # Gathering outside the map is undefined on some backends.
        positions = ops.where(positive, positions, 0.0)
        return Assignment(cells, ops.cast(positions, "int32"), positive)

    def _matches(self, sizes):
        """Whether sizes (B, M, 2) match each anchor, (levels, B, M, A)."""
        sizes = sizes[None, :, :, None, :]
        anchors = ops.convert_to_tensor(self.anchors, "float32")
        anchors = anchors[:, None, None, :, :]
        # Products instead of quotients, to avoid division by zero.
        fits = ops.logical_and(
            sizes < self.ratio * anchors, anchors < self.ratio * sizes
        )
        return ops.all(fits, axis=-1)

    def _positions(self, cells, widths):
        anchor_count = len(self.anchors[0])
        flat_cells = cells[..., 1] * widths + cells[..., 0]
        anchor_index = ops.arange(anchor_count, dtype="float32")[:, None]
        return flat_cells[..., None, :] * anchor_count + anchor_index

    def get_config(self):
        return {"anchors": self.anchors, "ratio": self.ratio}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _nearest_cells(centers, map_sizes):
    """The three cells (..., 3, 2) nearest to centers (..., 2), in cells."""
    # A center on the right or bottom edge belongs to the last cell.
    cell = ops.clip(ops.floor(centers), 0.0, map_sizes - 1)
    one = ops.ones_like(cell)
    direction = ops.where(centers - cell < 0.5, -one, one)
    steps = ops.convert_to_tensor(CELL_STEPS, "float32")
    return cell[..., None, :] + direction[..., None, :] * steps


def _is_person(boxes, count):
    """Mask (B, M) of the rows that are not padding."""
    index = ops.arange(boxes.shape[1], dtype="int32")
    return index < ops.cast(count, "int32")[:, None]


def _is_usable(cells, centers, map_sizes):
    """Whether a cell is on the map and its predictions can reach the center."""
    sizes = map_sizes[..., None, :]
    on_map = ops.logical_and(cells >= 0, cells < sizes)
    # Decoded box centers are within [-0.5, 1.5] of their cell.
    reaches = ops.abs(centers[..., None, :] - cells - 0.5) <= 1
    return ops.all(ops.logical_and(on_map, reaches), axis=-1)
