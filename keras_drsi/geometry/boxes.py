"""Boxes: formats and overlap, finite for boxes of any size.

Boxes are `xyxy` (left, top, right, bottom) unless a name says `cxcywh`
(centre, width, height). All results are float32.
"""

import math

from keras import ops

# Keeps quotients finite where a box has no area.
EPSILON = 1e-7


def xyxy_to_cxcywh(boxes):
    """Corners to centre and size.

    Args:
        boxes: (..., 4), left, top, right, bottom.

    Returns:
        (..., 4) float32, centre x, centre y, width, height.
    """
    boxes = ops.cast(boxes, "float32")
    low, high = boxes[..., :2], boxes[..., 2:]
    return ops.concatenate([(low + high) / 2, high - low], axis=-1)


def cxcywh_to_xyxy(boxes):
    """Centre and size to corners.

    Args:
        boxes: (..., 4), centre x, centre y, width, height.

    Returns:
        (..., 4) float32, left, top, right, bottom.
    """
    boxes = ops.cast(boxes, "float32")
    center, half_size = boxes[..., :2], boxes[..., 2:] / 2
    return ops.concatenate([center - half_size, center + half_size], axis=-1)


def pairwise_overlap(boxes, others, threshold):
    """By how much each box and each other box overlap beyond an IoU.

    `IoU > t` is `intersection > t / (1 + t) * (area + other area)`, with a
    third of the work of the quotient.

    Args:
        boxes: (..., N, 4) xyxy.
        others: (..., M, 4) xyxy.
        threshold: float in [0, 1].

    Returns:
        (..., N, M) float32, positive where their IoU exceeds the threshold
        and else 0: what of the intersection lies beyond, in square pixels.
    """
    boxes = ops.cast(boxes, "float32")
    others = ops.cast(others, "float32")
    share = threshold / (1 + threshold)
    areas, others_areas = share * _area(boxes), share * _area(others)
    left, top, right, bottom = _rows(boxes)
    lefts, tops, rights, bottoms = _rows(others)
    column = (..., slice(None), None)
    row = (..., None, slice(None))
    width = ops.minimum(right[column], rights[row])
    width = width - ops.maximum(left[column], lefts[row])
    height = ops.minimum(bottom[column], bottoms[row])
    height = height - ops.maximum(top[column], tops[row])
    allowed = areas[column] + others_areas[row]
    # A negative width or height needs no more than this one of both.
    return ops.relu(ops.relu(width) * height - allowed)


def _rows(boxes):
    """(..., N, 4) to the four numbers of all boxes, each (..., N)."""
    # Copies: PyTorch takes seven times as long for numbers four apart.
    return [ops.copy(boxes[..., number]) for number in range(4)]


def ciou(boxes, targets):
    """Complete IoU of each box with the target at the same place.

    `IoU - d^2 / c^2 - alpha * v`: d is the distance of the centres, c the
    diagonal of the box around both, v the squared difference of the aspect
    angles and `alpha = v / (1 - IoU + v)`, through which no gradient flows.

    Args:
        boxes: (..., 4) xyxy.
        targets: (..., 4) xyxy, broadcastable to `boxes`.

    Returns:
        (...) float32 in (-2, 1]. It and its gradient are finite for boxes
        without width or height as well.

    Reference:
    - [Zheng et al., 2020](https://arxiv.org/abs/1911.08287)
    """
    boxes = ops.cast(boxes, "float32")
    targets = ops.cast(targets, "float32")
    intersection = _intersection(boxes, targets)
    union = _area(boxes) + _area(targets) - intersection
    iou = intersection / (union + EPSILON)

    around = ops.maximum(boxes[..., 2:], targets[..., 2:]) - ops.minimum(
        boxes[..., :2], targets[..., :2]
    )
    squared_diagonal = ops.sum(ops.square(around), axis=-1) + EPSILON
    between = boxes[..., :2] + boxes[..., 2:] - targets[..., :2]
    between = (between - targets[..., 2:]) / 2
    squared_distance = ops.sum(ops.square(between), axis=-1)

    angle_difference = _aspect_angle(targets) - _aspect_angle(boxes)
    v = (2 / math.pi) ** 2 * ops.square(angle_difference)
    # Rounding can lift the IoU of equal boxes above 1.
    alpha = v / (ops.maximum(1 - iou, 0.0) + v + EPSILON)
    return (
        iou - squared_distance / squared_diagonal - ops.stop_gradient(alpha) * v
    )


def _intersection(boxes, others):
    low = ops.maximum(boxes[..., :2], others[..., :2])
    high = ops.minimum(boxes[..., 2:], others[..., 2:])
    sides = ops.relu(high - low)
    return sides[..., 0] * sides[..., 1]


def _area(boxes):
    sides = boxes[..., 2:] - boxes[..., :2]
    return sides[..., 0] * sides[..., 1]


def _aspect_angle(boxes):
    sides = boxes[..., 2:] - boxes[..., :2]
    return ops.arctan(sides[..., 0] / (sides[..., 1] + EPSILON))
