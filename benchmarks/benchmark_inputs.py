"""Inputs of the benchmarks: images, targets and head maps of a crowd."""

import numpy as np

from keras_drsi.head_layout import CLASS, OBJECTNESS, vector_size
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.levels import LEVEL_STRIDES

PERSONS = 60
ANCHORS = 3  # per cell, as in all presets
# Predictions with a score above the threshold, per person.
PREDICTIONS_PER_PERSON = 12


def random_images(input_size, batch_size):
    """Random uint8 images, (B, S, S, 3)."""
    shape = (batch_size, input_size, input_size, 3)
    return np.random.default_rng(0).integers(0, 256, shape, "uint8")


def crowd(input_size, batch_size):
    """Targets of `PERSONS` persons in each image."""
    rng = np.random.default_rng(0)
    shape = (batch_size, PERSONS, len(COCO_PERSON))
    center = rng.uniform(0, input_size, (*shape[:2], 2))
    half = np.exp(rng.uniform(2.3, 5, (*shape[:2], 2))) / 2
    offset = rng.uniform(-1, 1, (*shape, 2))
    points = center[:, :, None] + half[:, :, None] * offset
    visible = np.full((*shape, 1), 2.0)
    boxes = np.concatenate([center - half, center + half], -1)
    return {
        "boxes": boxes.astype("float32"),
        "keypoints": np.concatenate([points, visible], -1).astype("float32"),
        "count": np.full(batch_size, PERSONS, "int32"),
    }


def crowded_maps(input_size, batch_size):
    """Raw head maps with several predictions for each of `PERSONS` persons."""
    rng = np.random.default_rng(0)
    size = vector_size(len(COCO_PERSON))
    maps = {}
    for level, stride in LEVEL_STRIDES.items():
        side = input_size // stride
        raw = rng.normal(size=(batch_size, side, side, ANCHORS, size))
        raw[..., OBJECTNESS] = -9
        vectors = raw.reshape(batch_size, -1, size)  # a view
        count = PERSONS * PREDICTIONS_PER_PERSON // len(LEVEL_STRIDES)
        count = min(count, vectors.shape[1])
        for image in vectors:
            seen = rng.choice(len(image), count, replace=False)
            image[seen, OBJECTNESS] = rng.uniform(0, 5, count)
            image[seen, CLASS] = rng.uniform(0, 5, count)
        maps[level] = raw.astype("float32")
    return maps
