"""The yardstick of the benchmarks is the same network."""

import numpy as np
import pytest
import torch

from benchmarks.torch_drsi_net import TorchDRSINet
from keras_drsi.models.drsi_net import DRSINet
from tests.backend import to_numpy
from tests.random_norms import randomize_norms


@pytest.mark.parametrize("keypoint_depth", [0, 2])
def test_same_maps_as_keras(keypoint_depth):
    size = {"width": 0.25, "depth": 0.67, "keypoint_depth": keypoint_depth}
    model = DRSINet.from_preset(
        "drsi_net_s", input_size=64, keypoints=5, **size
    )
    rng = np.random.default_rng(0)
    randomize_norms(model, rng)
    network = TorchDRSINet(**size, num_keypoints=5)
    network.load_keras(model)
    images = rng.uniform(size=(2, 64, 64, 3)).astype("float32")
    x = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        plain, folded = network.eval()(x), network.folded()(x)
    for level, values in model(255 * images).items():
        expected = to_numpy(values)
        for actual in (plain[level].numpy(), folded[level].numpy()):
            assert np.abs(expected - actual).max() < 1e-4 * expected.std()
