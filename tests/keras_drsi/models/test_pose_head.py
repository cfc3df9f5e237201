import math

import keras
import numpy as np
import pytest

from keras_drsi.head_layout import CLASS, OBJECTNESS
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.pose_head import ArrayInitializer, PoseHead, YoloPoseHead
from tests.backend import to_numpy

K = 5
VECTOR = 6 + 3 * K


def maps(channels=8, size=16):
    rng = np.random.default_rng(0)
    return {
        level: rng.normal(size=(2, size >> i, size >> i, channels)).astype("f")
        for i, level in enumerate(LEVEL_STRIDES)
    }


def channels_of(head, inputs, level):
    """What the box convolution and the keypoint branch give for a level."""
    index = list(LEVEL_STRIDES).index(level)
    boxes = head.box_convs[index](inputs[level])
    rest = inputs[level]
    for layer in head.keypoint_branches[index]:
        rest = layer(rest)
    return to_numpy(boxes), to_numpy(rest)


def dealt_out(channels):
    return np.stack(np.split(channels, 3, axis=-1), axis=-2)


@pytest.mark.parametrize("depth", [0, 2])
def test_every_anchor_has_its_box_and_its_keypoints(depth):
    head = PoseHead(K, keypoint_depth=depth, data_format="channels_last")
    inputs = maps()
    outputs = head(inputs)
    for level in LEVEL_STRIDES:
        parts = channels_of(head, inputs, level)
        expected = np.concatenate([dealt_out(part) for part in parts], axis=-1)
        np.testing.assert_allclose(to_numpy(outputs[level]), expected)


@pytest.mark.parametrize("depth", [0, 2])
def test_yolo_pose_deals_out_all_channels_in_a_row(depth):
    head = YoloPoseHead(K, keypoint_depth=depth, data_format="channels_last")
    inputs = maps()
    outputs = head(inputs)
    for level in LEVEL_STRIDES:
        row = np.concatenate(channels_of(head, inputs, level), axis=-1)
        np.testing.assert_allclose(to_numpy(outputs[level]), dealt_out(row))


@pytest.mark.parametrize("kind", [PoseHead, YoloPoseHead])
def test_divide_and_join_are_each_others_reverse(kind):
    head = kind(K, data_format="channels_last")
    vectors = np.random.default_rng(0).normal(size=(2, 4, 5, 3, VECTOR))
    vectors = vectors.astype("float32")
    parts = head.split_channels(vectors)
    assert [part.shape[-1] for part in parts] == [18, 9 * K]
    joined = head.merge_channels(*map(keras.ops.convert_to_tensor, parts))
    np.testing.assert_array_equal(to_numpy(joined), vectors)


@pytest.mark.parametrize("kind", [PoseHead, YoloPoseHead])
def test_objects_are_rare_at_first(kind):
    """Whichever convolution an anchor's objectness comes from."""
    head = kind(K, keypoint_depth=0, data_format="channels_last")
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


def test_fixed_values_config_round_trip():
    initializer = ArrayInitializer([1.0, 2.0])
    twin = ArrayInitializer.from_config(initializer.get_config())
    np.testing.assert_array_equal(to_numpy(twin((2,), "float32")), [1, 2])
