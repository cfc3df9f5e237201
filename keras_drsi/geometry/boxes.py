"""Box format conversion, overlap and CIoU.

Boxes are `"xyxy"` (left, top, right, bottom) unless a name says `"cxcywh"`
(center x, center y, width, height). Everything is computed in float32 and
finite for boxes of any size, degenerate ones included.
"""

import math

from keras import ops

# Avoids division by zero for boxes without area.
EPSILON = 1e-7


def xyxy_to_cxcywh(boxes):
    """Converts boxes from `"xyxy"` to `"cxcywh"`.

    Args:
        boxes: tensor of shape (..., 4): left, top, right, bottom.

    Returns:
        float32 tensor of shape (..., 4): center x, center y, width, height.
    """
    boxes = ops.cast(boxes, "float32")
    low, high = boxes[..., :2], boxes[..., 2:]
    return ops.concatenate([(low + high) / 2, high - low], axis=-1)


def cxcywh_to_xyxy(boxes):
    """Converts boxes from `"cxcywh"` to `"xyxy"`.

    Args:
        boxes: tensor of shape (..., 4): center x, center y, width, height.

    Returns:
        float32 tensor of shape (..., 4): left, top, right, bottom.
    """
    boxes = ops.cast(boxes, "float32")
    center, half_size = boxes[..., :2], boxes[..., 2:] / 2
    return ops.concatenate([center - half_size, center + half_size], axis=-1)


def pairwise_overlap(boxes, others, threshold):
    """Excess of the pairwise intersections over an IoU threshold.

    `IoU > t` is tested as `intersection > t / (1 + t) * (area + other_area)`,
    which takes a third of the operations of the division.

    Args:
        boxes: tensor of shape (..., N, 4), xyxy.
        others: tensor of shape (..., M, 4), xyxy.
        threshold: float in [0, 1], the IoU threshold.

    Returns:
        float32 tensor of shape (..., N, M): the part of the intersection
        beyond the threshold, in square pixels. Positive where the IoU exceeds
        `threshold`, 0 elsewhere.
    """
    boxes = ops.cast(boxes, "float32")
    others = ops.cast(others, "float32")
    factor = threshold / (1 + threshold)
    areas, others_areas = factor * _area(boxes), factor * _area(others)
    left, top, right, bottom = _unstack(boxes)
    lefts, tops, rights, bottoms = _unstack(others)
    column = (..., slice(None), None)
    row = (..., None, slice(None))
    width = ops.minimum(right[column], rights[row])
    width = width - ops.maximum(left[column], lefts[row])
    height = ops.minimum(bottom[column], bottoms[row])
    height = height - ops.maximum(top[column], tops[row])
    allowed = areas[column] + others_areas[row]
    # Clamping one side is enough: the product is then never positive.
    return ops.relu(ops.relu(width) * height - allowed)


def _unstack(boxes):
    """Splits boxes (..., N, 4) into four coordinates of shape (..., N)."""
    # Copies: PyTorch is seven times slower on strided views.
    return [ops.copy(boxes[..., index]) for index in range(4)]


def ciou(boxes, targets):
    """Elementwise Complete IoU (CIoU) of boxes and targets.

    ```python
    ciou = iou - d**2 / c**2 - alpha * v
    v = 4 / pi**2 * (arctan(w_target / h_target) - arctan(w / h)) ** 2
    alpha = v / (1 - iou + v)
    ```

    where d is the distance between the centers and c the diagonal of the
    smallest box enclosing both. `alpha` is treated as a constant: no gradient
    flows through it.

    Args:
        boxes: tensor of shape (..., 4), xyxy.
        targets: tensor of shape (..., 4), xyxy, broadcastable to `boxes`.

    Returns:
        float32 tensor of shape (...), in (-2, 1]. The value and its gradient
        are finite even for boxes of zero width or height.

    Reference:
    - [Zheng et al., 2020](https://arxiv.org/abs/1911.08287)
    """
    boxes = ops.cast(boxes, "float32")
    targets = ops.cast(targets, "float32")
    intersection = _intersection(boxes, targets)
    union = _area(boxes) + _area(targets) - intersection
    iou = intersection / (union + EPSILON)

    enclosing = ops.maximum(boxes[..., 2:], targets[..., 2:]) - ops.minimum(
        boxes[..., :2], targets[..., :2]
    )
    squared_diagonal = ops.sum(ops.square(enclosing), axis=-1) + EPSILON
    offset = boxes[..., :2] + boxes[..., 2:] - targets[..., :2]
    offset = (offset - targets[..., 2:]) / 2
    squared_distance = ops.sum(ops.square(offset), axis=-1)

    angle_difference = _aspect_angle(targets) - _aspect_angle(boxes)
    v = (2 / math.pi) ** 2 * ops.square(angle_difference)
    # Rounding can push the IoU of identical boxes above 1.
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
