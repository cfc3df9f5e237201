"""The mean pose: what can be said about a pose without seeing the image."""

import numpy as np


def mean_offsets(boxes, keypoints, weights=None):
    """Where each keypoint lies on average within its person's box.

    Args:
        boxes: (N, 4) float array, xyxy; empty boxes do not count.
        keypoints: (N, K, 3) float array, x, y, v with v = 0 for not labelled.
        weights: (N,) floats, how much each person counts; by default equally.

    Returns:
        (K, 2) float array: offset from the center of the box, in widths and
        heights of the box, over the persons on whom the keypoint is
        labelled; 0 for a keypoint that is labelled on nobody.
    """
    sizes = boxes[:, 2:] - boxes[:, :2]
    usable = (sizes > 0).all(axis=1)
    weights = np.ones(len(boxes)) if weights is None else np.asarray(weights)
    boxes, keypoints, sizes = boxes[usable], keypoints[usable], sizes[usable]
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    offsets = (keypoints[..., :2] - centers[:, None]) / sizes[:, None]
    labeled = (keypoints[..., 2:] > 0) * weights[usable, None, None]
    totals = labeled.sum(axis=0)
    return (offsets * labeled).sum(axis=0) / np.where(totals > 0, totals, 1)


def pose_in_boxes(offsets, boxes):
    """Draws one pose into boxes.

    Args:
        offsets: (K, 2), as `mean_offsets` returns them.
        boxes: (N, 4), xyxy.

    Returns:
        (N, K, 2) float array, x and y of each keypoint.
    """
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    sizes = boxes[:, 2:] - boxes[:, :2]
    return centers[:, None] + offsets * sizes[:, None]
