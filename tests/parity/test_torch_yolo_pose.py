"""The way back: Keras weights in plain PyTorch give the same numbers."""

import numpy as np
import pytest
import torch

from benchmarks.torch_yolo_pose import TorchYoloPose
from keras_drsi.checkpoints import load_yolo_pose
from keras_drsi.models.drsi_net import DRSINet
from tests import yolo_pose_vectors
from tests.backend import to_numpy
from tests.random_norms import randomize_norms


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


def test_network_is_the_ancestor():
    """It gives the maps that YOLO-Pose itself computed."""
    yolo_pose_vectors.vectors()
    width, height = yolo_pose_vectors.image_size()
    model = load_yolo_pose(
        yolo_pose_vectors.DIRECTORY / "state_dict.npz", (height, width)
    )
    network = TorchYoloPose(model.width, model.depth)
    network.load_keras(model)
    images = yolo_pose_vectors.vectors()["images"].transpose(0, 2, 3, 1)
    theirs = run(network, images)
    for (level, expected), actual in zip(
        yolo_pose_vectors.head_maps("raw_").items(), theirs, strict=True
    ):
        difference = np.abs(actual.numpy() - expected).max()
        assert difference < 1e-4 * expected.std(), level
