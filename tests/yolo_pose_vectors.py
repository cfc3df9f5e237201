"""What PyTorch YOLO-Pose computed for a small random network."""

import dataclasses
import functools
import json
import math
import os
import pathlib

import numpy as np
import pytest

from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.levels import LEVEL_STRIDES

REPOSITORY = pathlib.Path(__file__).parents[1]
SHARED_DATA = pathlib.Path(
    os.environ.get("DRSI_SHARED_DATA", REPOSITORY.parent / "shared" / "data")
)
DIRECTORY = SHARED_DATA / "yolo_pose_vectors"

# YOLO-Pose leaves out the factor 2 of Eq. 12.
SCHEMA = dataclasses.replace(
    COCO_PERSON, sigmas=[s / math.sqrt(2) for s in COCO_PERSON.sigmas]
)


@functools.cache
def vectors():
    _skip_if_absent()
    with np.load(DIRECTORY / "vectors.npz") as file:
        return dict(file)


@functools.cache
def expected():
    _skip_if_absent()
    return json.loads((DIRECTORY / "expected.json").read_text())


def _skip_if_absent():
    if not DIRECTORY.is_dir():
        pytest.skip(f"the vectors are not at {DIRECTORY}")


def anchors():
    """(levels, A, 2)."""
    return np.reshape(expected()["anchors"], (4, 3, 2)).tolist()


def head_maps(prefix):
    """The maps `prefix` + "p3", ..., (B, A, H, W, C), as (B, H, W, A, C)."""
    return {
        level: vectors()[prefix + level.lower()].transpose(0, 2, 3, 1, 4)
        for level in LEVEL_STRIDES
    }


def decoded():
    """(B, N, C); anchors innermost, where YOLO-Pose has them outermost."""
    width, height = image_size()
    poses = vectors()["decoded"]
    batch, total, channels = poses.shape
    levels, first = [], 0
    for stride in LEVEL_STRIDES.values():
        shape = (3, height // stride, width // stride)
        level = poses[:, first : first + math.prod(shape)]
        first += math.prod(shape)
        level = level.reshape(batch, *shape, channels)
        level = level.transpose(0, 2, 3, 1, 4)
        levels.append(level.reshape(batch, -1, channels))
    assert first == total
    return np.concatenate(levels, axis=1)


def image_size():
    """(width, height)."""
    return vectors()["images"].shape[:1:-1]


def targets(max_persons):
    """The targets in this project's form."""
    size = np.array(image_size())
    batch = vectors()["images"].shape[0]
    keypoint_count = len(COCO_PERSON)
    y = {
        "boxes": np.zeros((batch, max_persons, 4), "float32"),
        "keypoints": np.zeros((batch, max_persons, keypoint_count, 3), "f"),
        "count": np.zeros(batch, "int32"),
    }
    for image, _, *numbers in vectors()["targets"]:
        image = int(image)
        person = y["count"][image]
        y["count"][image] += 1
        center, sides, points = np.split(np.array(numbers), [2, 4])
        center, half = center * size, sides * size / 2
        y["boxes"][image, person] = *(center - half), *(center + half)
        points = points.reshape(keypoint_count, 2)
        y["keypoints"][image, person, :, :2] = points * size
        y["keypoints"][image, person, :, 2] = 2 * (points[:, 0] != 0)
    return y
