"""The similarity of keypoints in NumPy, for evaluation without a backend."""

import numpy as np


def similarity(poses, keypoints, areas, sigmas):
    """Eq. 12 of each keypoint, as pycocotools computes it.

    `keras_drsi.keypoints.similarity` is the same for tensors.

    Args:
        poses: float array that broadcasts to (N, K, 2), in pixels.
        keypoints: (N, K, 2 or 3) float array, x and y in pixels first.
        areas: (N,) float array, of the persons' segments.
        sigmas: K floats.

    Returns:
        (N, K) float array in [0, 1].
    """
    squared = np.square(keypoints[..., :2] - poses).sum(axis=-1)
    h = 2 * np.array(sigmas)
    areas = np.asarray(areas, float)[:, None] + np.spacing(1)
    return np.exp(-squared / (2 * areas * h**2))
