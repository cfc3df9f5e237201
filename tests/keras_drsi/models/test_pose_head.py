import math

import numpy as np
import pytest

from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.pose_head import ObjectPrior, PoseHead
from keras_drsi.pose_vector import CLASS, OBJECTNESS
from tests.backend import to_numpy

K = 5
VECTOR = 6 + 3 * K


def maps(channels=8, size=16):
    rng = np.random.default_rng(0)
    return {
        level: rng.normal(size=(2, size >> i, size >> i, channels)).astype("f")
        for i, level in enumerate(LEVEL_STRIDES)
    }


@pytest.mark.parametrize("depth", [0, 2])
def test_channels_are_dealt_out_to_the_anchors(depth):
    """As YOLO-Pose does: both convolutions' channels in a row, then split."""
    head = PoseHead(K, keypoint_depth=depth, data_format="channels_last")
    inputs = maps()
    outputs = head(inputs)
    for index, level in enumerate(LEVEL_STRIDES):
        boxes = head.box_convs[index](inputs[level])
        rest = inputs[level]
        for layer in head.keypoint_branches[index]:
            rest = layer(rest)
        row = np.concatenate([to_numpy(boxes), to_numpy(rest)], axis=-1)
        expected = np.stack(np.split(row, 3, axis=-1), axis=-2)
        np.testing.assert_allclose(to_numpy(outputs[level]), expected)


def test_objects_are_rare_at_first():
    """Whichever convolution an anchor's objectness comes from."""
    head = PoseHead(K, keypoint_depth=0, data_format="channels_last")
    outputs = head({level: 0 * x for level, x in maps().items()})
    for level, stride in LEVEL_STRIDES.items():
        vectors = to_numpy(outputs[level])
        assert vectors.shape[-2:] == (3, VECTOR)
        others = np.delete(vectors, [OBJECTNESS, CLASS], axis=-1)
        assert not others.any()
        np.testing.assert_allclose(
            vectors[..., OBJECTNESS],
            math.log(8 * stride**2 / 640**2),
            rtol=1e-6,
        )
        assert (vectors[..., CLASS] > 0).all()


def test_prior_config_round_trip():
    prior = ObjectPrior(8, VECTOR, 18)
    twin = ObjectPrior.from_config(prior.get_config())
    np.testing.assert_array_equal(to_numpy(prior((9,))), to_numpy(twin((9,))))
