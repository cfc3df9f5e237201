"""Matches predicted boxes to true ones."""

import numpy as np

MATCHING_IOU = 0.5


def match_boxes(boxes, others, threshold=MATCHING_IOU):
    """Matches predicted boxes to true ones, best score first.

    Each prediction takes the person of highest IoU that is still free, if
    that IoU reaches the threshold.

    Args:
        boxes: (P, 4) float array, xyxy, ordered by score.
        others: (N, 4) float array, xyxy.
        threshold: lowest IoU of a match.

    Returns:
        two integer arrays of equal length: positions in `boxes` and `others`.
    """
    overlaps = _iou(boxes, others)
    ours, theirs = [], []
    # Most predictions overlap nobody by so much.
    for row in np.flatnonzero((overlaps >= threshold).any(axis=1)):
        column = overlaps[row].argmax()
        if overlaps[row, column] >= threshold:
            ours.append(row)
            theirs.append(column)
            overlaps[:, column] = 0
    return np.array(ours, int), np.array(theirs, int)


def _iou(boxes, others):
    """(P, N); 0 for boxes without area."""
    low = np.maximum(boxes[:, None, :2], others[:, :2])
    high = np.minimum(boxes[:, None, 2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    area, other = (
        np.clip(b[:, 2:] - b[:, :2], 0, None).prod(axis=-1)
        for b in (boxes, others)
    )
    union = area[:, None] + other - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
