"""How far apart two sets of poses lie."""

import numpy as np


def pose_distance(poses, others):
    """Largest distance of a kept pose to the nearest one of the others.

    Boxes and keypoints count, in pixels. Where two scores are equal but for
    rounding the order may differ, so poses are not compared row by row.

    Args:
        poses, others: dicts of arrays as `DRSINet.predict` gives them.

    Returns:
        Pixels; infinity where an image has another number of poses.
    """
    distances = [0.0]
    if (poses["count"] != others["count"]).any():
        return np.inf
    for image, count in enumerate(poses["count"]):
        ours, theirs = (_rows(each, image, count) for each in (poses, others))
        if count:
            apart = np.abs(ours[:, None] - theirs).max(axis=-1)
            distances += [*apart.min(axis=0), *apart.min(axis=1)]
    # NaN where there is one, which `max` may pass over.
    return float(np.max(distances))


def _rows(poses, image, count):
    """Boxes and keypoints of an image, (count, 4 + 2K)."""
    boxes = poses["boxes"][image]
    points = poses["keypoints"][image, ..., :2]
    rows = np.concatenate([boxes, points.reshape(len(points), -1)], axis=1)
    return rows[:count]
