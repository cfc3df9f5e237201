"""The mean pose of a data set."""

import numpy as np

from keras_drsi.data.mixture import person_weights
from keras_drsi.keypoints.mean_pose import mean_offsets


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
    return mean_offsets(boxes, keypoints, person_weights(poses))
