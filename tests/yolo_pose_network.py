"""A small YOLO-Pose whose weights and images follow from a seed."""

import zlib

import numpy as np

from keras_drsi.checkpoints import yolo_pose_tensors
from keras_drsi.models.drsi_net import DRSINet
from tests.shared_data import FIXTURES

INPUT_SIZE = (64, 128)
VALUES_PER_LEVEL = 500


def write_tensors(path):
    """Writes the seeded weights under YOLO-Pose's names; returns the path."""
    model = DRSINet.from_preset(
        "yolo_pose_s", input_size=INPUT_SIZE, width=0.125, keypoint_depth=6
    )
    shapes = {n: t.shape for n, t in yolo_pose_tensors(model).items()}
    tensors = {name: seeded(name, shape) for name, shape in shapes.items()}
    grid = "model.33.anchor_grid"
    np.savez(path, **{**tensors, grid: yolo_pose_tensors(model)[grid]})
    return path


def seeded(name, shape):
    """Weights of a size that lets neither maps fade nor grow."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if name.endswith("running_var"):
        values = rng.uniform(0.5, 2, shape)
    elif len(shape) == 4:
        values = rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
    else:
        values = rng.normal(0.5, 0.5, shape)
    return values.astype("float32")


def images():
    """(2, height, width, 3), from 0 to 1."""
    rng = np.random.default_rng(0)
    return rng.uniform(size=(2, *INPUT_SIZE, 3)).astype("float32")


def some_of(maps):
    """(levels, n): values of each level's map, spread over all of it."""
    chosen = []
    for level_map in maps:
        values = np.ravel(level_map)
        step = len(values) / VALUES_PER_LEVEL
        chosen.append(values[(step * np.arange(VALUES_PER_LEVEL)).astype(int)])
    return np.stack(chosen)


def expected_values():
    """What PyTorch computed of them: `tests.fixtures.write_yolo_pose`."""
    with np.load(FIXTURES / "yolo_pose.npz") as file:
        return file["network_maps"]
