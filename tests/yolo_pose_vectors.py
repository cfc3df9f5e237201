"""What PyTorch YOLO-Pose computed for a small random network.

`tests/fixtures/yolo_pose.npz` holds some of it: `python -m
tests.fixtures.write_yolo_pose` wrote it from all of it.
"""

import dataclasses
import functools
import json
import math

import numpy as np

from keras_drsi.head_layout import OBJECTNESS
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.levels import LEVEL_STRIDES
from tests.shared_data import FIXTURES, shared_data

# YOLO-Pose leaves out the factor 2 of Eq. 12.
SCHEMA = dataclasses.replace(
    COCO_PERSON, sigmas=[s / math.sqrt(2) for s in COCO_PERSON.sigmas]
)
SOURCES = ("fixture", "shared data")


@dataclasses.dataclass
class YoloPoseVectors:
    """Inputs and results of YOLO-Pose's head and loss.

    Args:
        anchors: (levels, A, 2) in pixels.
        image_size: (width, height).
        persons: (n, 40) image, class, cx, cy, w, h, 17 x (x, y), normalized;
            (0, 0) is not labelled.
        places: (P,) rows of `decode_pose_maps` that are compared.
        raw_maps: {level: (B, H, W, A, C)}, right at `places`.
        decoded: (B, P, C) cx, cy, w, h, objectness, class, then x, y,
            confidence.
        loss_maps: {level: (B, H, W, A, C)}, right wherever the loss looks.
        loss_parts: {name: value} of the loss on them.
        positives: number of positives of each level.
    """

    anchors: list
    image_size: tuple
    persons: np.ndarray
    places: np.ndarray
    raw_maps: dict
    decoded: np.ndarray
    loss_maps: dict
    loss_parts: dict
    positives: list

    def targets(self, max_persons):
        """The persons as `PoseLoss` takes them."""
        size = np.array(self.image_size)
        batch, keypoint_count = len(self.raw_maps["P3"]), len(COCO_PERSON)
        y = {
            "boxes": np.zeros((batch, max_persons, 4), "float32"),
            "keypoints": np.zeros((batch, max_persons, keypoint_count, 3), "f"),
            "count": np.zeros(batch, "int32"),
        }
        for image, _, *values in self.persons:
            image = int(image)
            person = y["count"][image]
            y["count"][image] += 1
            center, sides, points = np.split(np.array(values), [2, 4])
            center, half = center * size, sides * size / 2
            y["boxes"][image, person] = *(center - half), *(center + half)
            points = points.reshape(keypoint_count, 2)
            y["keypoints"][image, person, :, :2] = points * size
            y["keypoints"][image, person, :, 2] = 2 * (points[:, 0] != 0)
        return y


@functools.cache
def yolo_pose_vectors(source):
    """The vectors of one of `SOURCES`; skips where it is absent."""
    return read_shared() if source == "shared data" else read_fixture()


def read_shared():
    folder = shared_data("yolo_pose_vectors")
    with np.load(folder / "vectors.npz") as file:
        arrays = dict(file)
    expected = json.loads((folder / "expected.json").read_text())
    width, height = arrays["images"].shape[:1:-1]
    return YoloPoseVectors(
        anchors=np.reshape(expected["anchors"], (4, 3, 2)).tolist(),
        image_size=(width, height),
        persons=arrays["targets"],
        places=np.arange(arrays["decoded"].shape[1]),
        raw_maps=_channels_last(arrays, "raw_"),
        decoded=_anchors_innermost(arrays["decoded"], width, height),
        loss_maps=_channels_last(arrays, "loss_raw_"),
        loss_parts=expected["parts"],
        positives=expected["positives_per_level"],
    )


def _channels_last(arrays, prefix):
    return {
        level: arrays[prefix + level.lower()].transpose(0, 2, 3, 1, 4)
        for level in LEVEL_STRIDES
    }


def _anchors_innermost(poses, width, height):
    """(B, N, C), in which YOLO-Pose has the anchors outermost."""
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


def read_fixture():
    with np.load(FIXTURES / "yolo_pose.npz") as file:
        arrays = dict(file)
    batch, count, channels = arrays["decoded"].shape
    size = tuple(arrays["image_size"].tolist())
    rows = len(arrays["objectness"][0])
    raw = np.zeros((batch, rows, channels), "float32")
    raw[:, arrays["places"]] = arrays["raw"]
    loss = np.zeros_like(raw)
    loss[tuple(arrays["positive_places"])] = arrays["positive_rows"]
    loss[..., OBJECTNESS] = arrays["objectness"]
    return YoloPoseVectors(
        anchors=arrays["anchors"].tolist(),
        image_size=size,
        persons=arrays["persons"],
        places=arrays["places"],
        raw_maps=rows_to_maps(raw, size),
        decoded=arrays["decoded"],
        loss_maps=rows_to_maps(loss, size),
        loss_parts=dict(
            zip(arrays["part_names"].tolist(), arrays["part_values"].tolist())
        ),
        positives=arrays["positives"].tolist(),
    )


def rows_to_maps(rows, image_size):
    """(B, N, C) of all levels as {level: (B, H, W, A, C)}."""
    width, height = image_size
    maps, first = {}, 0
    for level, stride in LEVEL_STRIDES.items():
        shape = (height // stride, width // stride, 3)
        level_rows = rows[:, first : first + math.prod(shape)]
        first += math.prod(shape)
        maps[level] = level_rows.reshape(len(rows), *shape, -1)
    assert first == rows.shape[1]
    return maps


def maps_to_rows(maps):
    """The inverse of `rows_to_maps`."""
    return np.concatenate(
        [m.reshape(len(m), -1, m.shape[-1]) for m in maps.values()], axis=1
    )
