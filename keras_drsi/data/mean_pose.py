"""The mean pose of a data set."""

import numpy as np

from keras_drsi.data.mixture import person_weights


def mean_pose(poses):
    """Where each keypoint lies on average within its person's box.

    Args:
        poses: `CocoPoses`, or a `Mixture`, in which persons count as often
            as they are shown.

    Returns:
        (K, 2) float array: offset from the centre of the box, in widths and
        heights of the box, over the persons on whom the keypoint is
        labelled; 0 for a keypoint that is labelled on nobody.
    """
    persons = [image.persons for image in poses.images]
    boxes = np.concatenate([each.boxes for each in persons])
    keypoints = np.concatenate([each.keypoints for each in persons])
    sizes = boxes[:, 2:] - boxes[:, :2]
    usable = (sizes > 0).all(axis=1)
    boxes, keypoints, sizes = boxes[usable], keypoints[usable], sizes[usable]
    weights = person_weights(poses)[usable]
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    offsets = (keypoints[..., :2] - centers[:, None]) / sizes[:, None]
    labelled = (keypoints[..., 2:] > 0) * weights[:, None, None]
    totals = labelled.sum(axis=0)
    return (offsets * labelled).sum(axis=0) / np.where(totals > 0, totals, 1)
