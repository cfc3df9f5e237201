"""Anchors that suit the persons of a data set."""

import pathlib

import numpy as np

from keras_drsi.checkpoints.tensor_file import read_tensors
from keras_drsi.data.mixture import person_weights
from keras_drsi.errors import InputError
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.losses.target_assigner import MATCH_RATIO
from keras_drsi.models.person_anchors import (
    PERSON_ANCHORS_AT_640,
)

PER_LEVEL = len(PERSON_ANCHORS_AT_640[0])
STARTS = 5
MEANS_STEPS = 100
REFINEMENTS = 3000
SMALLEST_SIDE = 2.0


def find_anchors(sizes, seed=0):
    """Anchors for boxes of given sizes: k-means, then a refinement.

    k-means works on the logarithms of width and height, in which equal ratios
    are equal distances. The refinement changes anchors at random and keeps
    what raises `fitness`.

    Args:
        sizes: (n, 2) widths and heights in input pixels.
        seed: of the starts and the changes.

    Returns:
        (levels, 3, 2) array, the smallest area first.

    Raises:
        InputError: if there are fewer boxes than anchors.
    """
    count = len(LEVEL_STRIDES) * PER_LEVEL
    sizes = sizes[(sizes >= SMALLEST_SIDE).all(axis=1)]
    if len(sizes) < count:
        raise InputError(
            f"anchors: expected at least {count} boxes of {SMALLEST_SIDE} "
            f"pixels or more, got {len(sizes)}."
        )
    rng = np.random.default_rng(seed)
    candidates = [_means(sizes, count, rng) for _ in range(STARTS)]
    anchors = max(candidates, key=lambda each: fitness(sizes, each))
    anchors = _refined(sizes, anchors, rng)
    order = anchors.prod(axis=1).argsort()
    return anchors[order].reshape(-1, PER_LEVEL, 2)


def fitness(sizes, anchors):
    """Mean over the boxes of the best anchor's side ratio, in 0..1.

    The ratio is that of the side that fits worse; boxes that no anchor
    matches count 0.
    """
    best = _best_ratio(sizes, anchors)
    return float((best * (best > 1 / MATCH_RATIO)).mean())


def best_possible_recall(sizes, anchors):
    """Share of the boxes that some anchor matches."""
    return float((_best_ratio(sizes, anchors) > 1 / MATCH_RATIO).mean())


def _best_ratio(sizes, anchors):
    ratios = sizes[:, None] / np.reshape(anchors, (-1, 2))
    return np.minimum(ratios, 1 / ratios).min(axis=-1).max(axis=-1)


def _means(sizes, count, rng):
    points = np.log(sizes)
    means = points[rng.choice(len(points), count, replace=False)]
    for _ in range(MEANS_STEPS):
        distances = np.square(points[:, None] - means).sum(axis=-1)
        nearest = distances.argmin(axis=1)
        moved = np.array(
            [
                points[nearest == i].mean(axis=0) if (nearest == i).any() else m
                for i, m in enumerate(means)
            ]
        )
        if np.allclose(moved, means):
            break
        means = moved
    return np.exp(means)


def _refined(sizes, anchors, rng):
    best = fitness(sizes, anchors)
    for _ in range(REFINEMENTS):
        chosen = rng.random(anchors.shape) < 0.5
        changed = anchors * np.exp(
            0.1 * rng.normal(size=anchors.shape) * chosen
        )
        result = fitness(sizes, changed)
        if result > best:
            best, anchors = result, changed
    return anchors


def sizes_in_input(image_sizes, box_sizes, input_size):
    """(n, 2) box sizes after the longest side of each photo fills the input.

    Args:
        image_sizes: (n, 2) widths and heights of the photos.
        box_sizes: (n, 2) widths and heights of the boxes, same pixels.
        input_size: side of the input.
    """
    longest = np.max(image_sizes, axis=1, keepdims=True)
    return np.asarray(box_sizes, "float64") * (input_size / longest)


def read_boxes(file):
    """`image_wh` and `box_wh`, (n, 2) each, from an `.npz` file."""
    path = pathlib.Path(file)
    if path.suffix != ".npz":
        raise InputError(f"{path}: expected an .npz file.")
    content = read_tensors(path)
    arrays = []
    for name in ("image_wh", "box_wh"):
        if name not in content:
            raise InputError(
                f"{path}: expected an array {name}, got {', '.join(content)}."
            )
        array = content[name]
        if array.ndim != 2 or array.shape[1] != 2:
            raise InputError(
                f"{path}: {name}: expected the shape (n, 2), got {array.shape}."
            )
        if not (np.isfinite(array).all() and (array > 0).all()):
            raise InputError(
                f"{path}: {name}: expected sizes above 0, got {array.min()}."
            )
        arrays.append(array)
    if len(arrays[0]) != len(arrays[1]):
        raise InputError(
            f"{path}: expected as many box_wh as image_wh, got "
            f"{len(arrays[1])} and {len(arrays[0])}."
        )
    return arrays


def person_sizes(poses):
    """Sizes of the photo and of the box of every person in a data set.

    Args:
        poses: `CocoPoses` or `Mixture`.

    Returns:
        (n, 2) and (n, 2) widths and heights in pixels of the photos.
    """
    image_sizes = [
        (image.width, image.height)
        for image in poses.images
        for _ in range(len(image.persons))
    ]
    boxes = np.concatenate([image.persons.boxes for image in poses.images])
    return np.reshape(image_sizes, (-1, 2)), boxes[:, 2:] - boxes[:, :2]


def anchors_for(poses, input_size):
    """Anchors that suit the persons of a data set.

    Args:
        poses: `CocoPoses`, or a `Mixture`, in which persons count as often
            as they are shown.
        input_size: side of the input in pixels.

    Returns:
        (levels, 3, 2) array, see `find_anchors`.
    """
    sizes = sizes_in_input(*person_sizes(poses), input_size)
    return find_anchors(sizes[_weighted_sample(person_weights(poses))])


def _weighted_sample(weights):
    """n positions among n weights, each as often as its weight has it.

    Equal weights give each position once.
    """
    count = len(weights)
    borders = np.cumsum(weights) / np.sum(weights) * count
    return np.searchsorted(borders, np.arange(count) + 0.5)
