"""OKS sigmas of keypoints for which nobody has measured them."""

import numpy as np

from keras_drsi.keypoints import COCO_PERSON

FEWEST_OBJECTS = 20
RIDGE = 0.1
# Estimates beyond COCO's range, 0.025 to 0.107, say little of annotators.
SMALLEST, LARGEST = 0.02, 0.12


def estimate_sigmas(persons, count):
    """How well each keypoint's place is determined by the other keypoints.

    COCO measured its sigmas by annotating photos twice. Without that, the
    spread of a keypoint about the place that a linear regression on the
    others predicts says which keypoints are harder to place; it also holds
    how far the objects can bend, so that only ratios are taken from it. The
    mean is that of COCO's sigmas.

    Args:
        persons: sequence of `Persons`.
        count: number of keypoints K.

    Returns:
        K floats in 0.02..0.12, and K booleans: whether there was something
        to estimate it from, which are other keypoints and 20 objects with
        this one. If not, it is the mean.
    """
    mean = float(np.mean(COCO_PERSON.sigmas))
    nothing = (round(mean, 4),) * count, (False,) * count
    points, labelled = _normalised(persons, count)
    if len(points) < FEWEST_OBJECTS or count < 2:
        return nothing
    spreads = np.array(
        [_spread(points, labelled, index) for index in range(count)]
    )
    known = np.isfinite(spreads) & (spreads > 0)
    if not known.any():
        return nothing
    spreads[~known] = spreads[known].mean()
    sigmas = np.clip(spreads * mean / spreads.mean(), SMALLEST, LARGEST)
    return (
        tuple(round(float(sigma), 4) for sigma in sigmas),
        tuple(known.tolist()),
    )


def _normalised(persons, count):
    """(n, K, 2) places about the box's centre, in roots of the area."""
    boxes = np.concatenate([each.boxes for each in persons])
    keypoints = np.concatenate([each.keypoints for each in persons])
    areas = np.concatenate([each.areas for each in persons])
    usable = areas > 0
    centers = (boxes[usable, :2] + boxes[usable, 2:]) / 2
    points = (keypoints[usable, :, :2] - centers[:, None]) / np.sqrt(
        areas[usable, None, None]
    )
    labelled = keypoints[usable, :, 2] > 0
    means = (points * labelled[..., None]).sum(axis=0) / np.maximum(
        labelled.sum(axis=0), 1
    )[:, None]
    # What is not labelled stands at its mean and so predicts nothing.
    return np.where(labelled[..., None], points - means, 0.0), labelled


def _spread(points, labelled, index):
    """Deviation of one keypoint from what the others predict."""
    rows = labelled[:, index]
    if rows.sum() < FEWEST_OBJECTS:
        return np.nan
    others = np.delete(points[rows], index, axis=1).reshape(rows.sum(), -1)
    target = points[rows, index]
    gram = others.T @ others + RIDGE * np.eye(others.shape[1])
    rest = target - others @ np.linalg.solve(gram, others.T @ target)
    return float(np.sqrt(np.square(rest).mean()))
