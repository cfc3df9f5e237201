"""The way back: Keras weights in plain PyTorch give the same numbers."""

import numpy as np
import pytest
import torch

from benchmarks.torch_yolo_pose import TorchYoloPose
from keras_drsi.checkpoints import load_yolo_pose
from keras_drsi.models.drsi_net import DRSINet
from tests import yolo_pose_network
from tests.backend import to_numpy
from tests.random_norms import randomize_norms
from tests.shared_data import shared_data
from tests.yolo_pose_vectors import yolo_pose_vectors


def assert_same_maps(ours, theirs):
    for expected, actual in zip(theirs, ours.values(), strict=True):
        expected, actual = expected.numpy(), to_numpy(actual)
        assert np.abs(expected - actual).max() < 1e-4 * expected.std()


def run(network, images):
    with torch.no_grad():
        return network.eval()(torch.from_numpy(images.transpose(0, 3, 1, 2)))


@pytest.mark.parametrize("keypoint_depth", [0, 6])
def test_same_maps_as_keras(keypoint_depth):
    size = {"width": 0.13, "depth": 0.67, "keypoint_depth": keypoint_depth}
    model = DRSINet.from_preset(
        "yolo_pose_s", input_size=64, keypoints=5, **size
    )
    rng = np.random.default_rng(0)
    randomize_norms(model, rng)
    network = TorchYoloPose(**size, num_keypoints=5)
    network.load_keras(model)
    images = rng.uniform(size=(2, 64, 64, 3)).astype("float32")
    assert_same_maps(model(255 * images), run(network, images))


def test_some_values_are_those_of_the_ancestor(tmp_path):
    """They were computed by the network that gives YOLO-Pose's own maps."""
    path = yolo_pose_network.write_tensors(tmp_path / "a.npz")
    model = load_yolo_pose(path, yolo_pose_network.INPUT_SIZE)
    network = TorchYoloPose(model.width, model.depth)
    network.load_keras(model)
    actual = yolo_pose_network.some_of(run(network, yolo_pose_network.images()))
    for ours, theirs in zip(
        actual, yolo_pose_network.expected_values(), strict=True
    ):
        assert np.abs(ours - theirs).max() < 1e-4 * theirs.std()


def test_network_is_the_ancestor():
    """It gives the maps that YOLO-Pose itself computed."""
    vectors = yolo_pose_vectors("shared data")
    width, height = vectors.image_size
    folder = shared_data("yolo_pose_vectors")
    model = load_yolo_pose(folder / "state_dict.npz", (height, width))
    network = TorchYoloPose(model.width, model.depth)
    network.load_keras(model)
    with np.load(folder / "vectors.npz") as file:
        theirs = run(network, file["images"].transpose(0, 2, 3, 1))
    for (level, expected), actual in zip(
        vectors.raw_maps.items(), theirs, strict=True
    ):
        difference = np.abs(actual.numpy() - expected).max()
        assert difference < 1e-4 * expected.std(), level
