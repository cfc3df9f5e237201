"""Which anchor positions have to predict which person."""

import collections

import keras
from keras import ops

from keras_drsi.errors import InputError
from keras_drsi.geometry.boxes import xyxy_to_cxcywh
from keras_drsi.levels import LEVEL_STRIDES

Assignment = collections.namedtuple(
    "Assignment", ["cells", "positions", "positive"]
)

# An anchor serves a person none of whose sides is 4 times longer or shorter.
MATCH_RATIO = 4.0

# The person's own cell and its nearest neighbours to the side and above or
# below, as multiples of the direction in which the nearest lies.
CELL_STEPS = ((0, 0), (1, 0), (0, 1))


@keras.saving.register_keras_serializable(package="keras_drsi")
class TargetAssigner:
    """Assigns persons to anchor positions of every level.

    A person matches an anchor when no side is `ratio` times longer or
    shorter than the anchor's. It is then assigned to that anchor in the cell
    of its centre and in the nearest horizontal and vertical neighbours of that
    cell, as far as they lie on the map. A box without
    width or height and a box whose centre lies far outside match nothing.
    The result has a fixed shape, and
    neither the order of the persons nor the rest of the batch changes what a
    person is given.

    Args:
        anchors: (levels, A, 2) nested tuple, width and height in input
            pixels, from the finest level to the coarsest.
        ratio: float above 1, the side ratio from which on an anchor does not
            match.

    Call arguments:
        boxes: (B, M, 4) xyxy in input pixels.
        count: (B,) integers, the number of persons; rows beyond it are
            ignored.
        map_sizes: for each level (height, width) of its map in cells.

    Returns:
        `Assignment`, a named tuple whose axes are level, image, person,
        anchor and cell:
        - `cells`: (levels, B, M, 3, 2) float32, x and y of the three cells.
        - `positions`: (levels, B, M, A, 3) int32, index into the image's map
          flattened over rows, columns and anchors; 0 where not positive.
        - `positive`: (levels, B, M, A, 3) bool, whether the person is
          assigned to this position.

    Raises:
        InputError: if there are not equally many anchors for each of the
            four levels.

    Example:

    >>> assigner = TargetAssigner(anchors)  # 4 levels, 3 anchors each
    >>> assignment = assigner(boxes, count, [(80, 80), (40, 40), (20, 20),
    ...                                      (10, 10)])
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
                f"TargetAssigner: anchors must have {len(LEVEL_STRIDES)} "
                f"levels with equally many each, got {anchors}."
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
        # An index outside the map would be undefined in a gather.
        positions = ops.where(positive, positions, 0.0)
        return Assignment(cells, ops.cast(positions, "int32"), positive)

    def _matches(self, sizes):
        """(B, M, 2) to (levels, B, M, A): does the shape fit the anchor?"""
        sizes = sizes[None, :, :, None, :]
        anchors = ops.convert_to_tensor(self.anchors, "float32")
        anchors = anchors[:, None, None, :, :]
        # Products instead of quotients: nothing to divide by zero.
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
    """(..., 2) positions in cells to the (..., 3, 2) cells around them."""
    # A centre on the right or lower edge belongs to the last cell.
    cell = ops.clip(ops.floor(centers), 0.0, map_sizes - 1)
    one = ops.ones_like(cell)
    direction = ops.where(centers - cell < 0.5, -one, one)
    steps = ops.convert_to_tensor(CELL_STEPS, "float32")
    return cell[..., None, :] + direction[..., None, :] * steps


def _is_person(boxes, count):
    """(B, M): tells persons from padding."""
    index = ops.arange(boxes.shape[1], dtype="int32")
    return index < ops.cast(count, "int32")[:, None]


def _is_usable(cells, centers, map_sizes):
    """Cells on the map from which a prediction can reach the centre."""
    sizes = map_sizes[..., None, :]
    on_map = ops.logical_and(cells >= 0, cells < sizes)
    # The centre is decoded to -0.5 to 1.5 cells.
    reaches = ops.abs(centers[..., None, :] - cells - 0.5) <= 1
    return ops.all(ops.logical_and(on_map, reaches), axis=-1)
