"""PyTorch's weights give PyTorch's numbers."""

import numpy as np
import pytest

from keras_drsi.checkpoints.yolo_pose import (
    WIDTHS,
    _Checkpoint,
    load_yolo_pose,
    yolo_pose_tensors,
)
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.models.csdr_net import (
    STAGE_BLOCKS,
    scale_channels,
    scale_repeats,
)
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.postprocess.decode import decode_pose_maps
from tests import yolo_pose_network
from tests.backend import to_numpy
from tests.shared_data import shared_data
from tests.yolo_pose_vectors import yolo_pose_vectors


@pytest.fixture(scope="module")
def vectors():
    return yolo_pose_vectors("shared data")


@pytest.fixture(scope="module")
def model(vectors):
    width, height = vectors.image_size
    path = shared_data("yolo_pose_vectors") / "state_dict.npz"
    return load_yolo_pose(path, input_size=(height, width))


@pytest.fixture(scope="module")
def raw(model):
    path = shared_data("yolo_pose_vectors") / "vectors.npz"
    with np.load(path) as file:
        images = file["images"].transpose(0, 2, 3, 1)
    return model(255 * images)


def test_some_values_of_the_head_maps_equal_pytorch(tmp_path):
    path = yolo_pose_network.write_tensors(tmp_path / "a.npz")
    model = load_yolo_pose(path, yolo_pose_network.INPUT_SIZE)
    maps = model(255 * yolo_pose_network.images())
    actual = yolo_pose_network.some_of(map(to_numpy, maps.values()))
    expected = yolo_pose_network.expected_values()
    for ours, theirs in zip(actual, expected, strict=True):
        assert np.abs(ours - theirs).max() < 1e-4 * theirs.std()


def test_network_follows_from_the_shapes(model, vectors):
    assert (model.width, model.depth) == (0.125, pytest.approx(1 / 3))
    assert model.keypoint_depth == 6
    assert model.keypoints is COCO_PERSON
    np.testing.assert_allclose(model.anchors, vectors.anchors)


def test_head_maps_equal_pytorch(raw, vectors):
    for level, expected in vectors.raw_maps.items():
        difference = np.abs(to_numpy(raw[level]) - expected).max()
        assert difference < 1e-4 * expected.std(), level


def test_decoded_poses_equal_pytorch(model, raw, vectors):
    poses = decode_pose_maps(raw, model.anchors)
    theirs = vectors.decoded
    center, half = theirs[..., :2], theirs[..., 2:4] / 2
    boxes = np.concatenate([center - half, center + half], axis=-1)
    assert np.abs(to_numpy(poses["boxes"]) - boxes).max() < 0.01
    keypoints = to_numpy(poses["keypoints"])
    points = theirs[..., 6:].reshape(keypoints.shape)
    assert np.abs(keypoints[..., :2] - points[..., :2]).max() < 0.01


def test_every_width_and_depth_is_found():
    checkpoint = _Checkpoint("a.npz", {})
    for factor in np.arange(5, 200) / 100:
        channels = [scale_channels(full, factor) for full in WIDTHS]
        width = checkpoint._width(channels)
        assert [scale_channels(full, width) for full in WIDTHS] == channels
        blocks = [scale_repeats(full, factor) for full in STAGE_BLOCKS]
        depth = checkpoint._depth(blocks)
        assert [scale_repeats(full, depth) for full in STAGE_BLOCKS] == blocks


def small_model(**changes):
    config = {
        "width": 0.0625,
        "depth": 0.33,
        "block_type": "bottleneck",
        "neck_type": "pan",
        "head_type": "yolo_pose",
        "input_size": 64,
        "keypoints": 5,
    }
    return DRSINet(**{**config, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"width": 0.125, "keypoint_depth": 0, "keypoints": COCO_PERSON},
        {"depth": 0.67, "keypoint_depth": 2},
        {"width": 0.13, "depth": 0.5, "keypoint_depth": 0},
        {"width": 0.11, "depth": 1.5, "keypoint_depth": 0},
    ],
    ids=["deep", "plain", "deeper", "odd", "odder"],
)
def test_round_trip(changes, tmp_path):
    model = small_model(**changes)
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(size=w.shape) for w in model.weights])
    np.savez(tmp_path / "a.npz", **yolo_pose_tensors(model))
    twin = load_yolo_pose(tmp_path / "a.npz", input_size=64)
    assert twin.keypoint_depth == model.keypoint_depth
    np.testing.assert_allclose(twin.anchors, model.anchors)
    for ours, theirs in zip(twin.weights, model.weights, strict=True):
        assert ours.path == theirs.path
        np.testing.assert_array_equal(to_numpy(ours), to_numpy(theirs))


@pytest.fixture(scope="module")
def tensors():
    return yolo_pose_tensors(small_model(keypoint_depth=0))


def load(tensors, path, **options):
    np.savez(path, **tensors)
    return load_yolo_pose(path, input_size=64, **options)


@pytest.mark.parametrize("prefix", ["module.model.", "model.model.", ""])
def test_prefixes_do_not_matter(prefix, tensors, tmp_path):
    renamed = {
        prefix + name.removeprefix("model."): tensor
        for name, tensor in tensors.items()
    }
    load(renamed, tmp_path / "a.npz")


def test_counters_are_left_aside(tensors, tmp_path):
    counter = {"model.1.bn.num_batches_tracked": np.array(7)}
    load({**tensors, **counter}, tmp_path / "a.npz")


def test_anchors_in_cells(tensors, tmp_path):
    grid = tensors["model.33.anchor_grid"].reshape(4, 3, 2)
    del (tensors := dict(tensors))["model.33.anchor_grid"]
    model = load(tensors, tmp_path / "a.npz")
    np.testing.assert_allclose(model.anchors, grid, rtol=1e-6)


def changed(tensors, name, change):
    return {**tensors, name: change(tensors[name])}


BIAS, KERNEL = "model.4.cv1.bn.bias", "model.4.cv1.conv.weight"


@pytest.mark.parametrize(
    "name, change, message",
    [
        (
            KERNEL,
            lambda a: a[:, 1:],
            f"{KERNEL}: expected .* 8x16x1x1, got 8x15x1x1",
        ),
        (BIAS, lambda a: a * np.nan, f"{BIAS}: expected finite"),
        ("model.33.m.0.weight", lambda a: a[:-3], "expected 18 channels.* 15"),
        ("model.33.m_kpt.0.weight", lambda a: a[:-1], "multiple of 9.* 44"),
        ("model.33.anchor_grid", lambda a: a[1:], "expected 4 levels of 3"),
        ("model.33.anchor_grid", lambda a: 0 * a, "expected sizes above 0"),
        ("model.9.conv.weight", lambda a: a[0, 0, 0, 0], "four axes"),
        (
            "model.9.conv.weight",
            lambda a: np.zeros((80000, 1, 1, 1), "f"),
            "model.9.conv.weight: expected 64 channels, .* got 80000",
        ),
        (BIAS, lambda a: a.astype(int), f"{BIAS}: expected a floating-point"),
        (
            BIAS.replace("bias", "running_var"),
            lambda a: a - 2,
            "running_var: expected variances >= 0",
        ),
    ],
)
def test_wrong_tensors_are_named(name, change, message, tensors, tmp_path):
    with pytest.raises(InputError, match=f"a.npz: .*{message}"):
        load(changed(tensors, name, change), tmp_path / "a.npz")


def test_missing_renamed_and_foreign_tensors(tensors, tmp_path):
    path = tmp_path / "a.npz"
    renamed = {"model.4.x" if n == BIAS else n: a for n, a in tensors.items()}
    with pytest.raises(InputError, match=f"expected the tensor {BIAS}"):
        load(renamed, path)
    with pytest.raises(
        InputError, match="expected only tensors of .* 1 others.*extra"
    ):
        load({**tensors, "extra": np.ones(2)}, path)
    with pytest.raises(InputError, match="expected the tensor model.0"):
        load({"layer.weight": np.ones(3)}, path)


def test_other_keypoints_than_the_file_has(tensors, tmp_path):
    with pytest.raises(InputError, match="m_kpt.0.weight: expected"):
        load(tensors, tmp_path / "a.npz", keypoints=COCO_PERSON)


def test_one_name_twice(tensors, tmp_path):
    twice = {**tensors, f"module.{BIAS}": tensors[BIAS]}
    with pytest.raises(InputError, match=f"expected one tensor {BIAS}"):
        load(twice, tmp_path / "a.npz")


def test_only_yolo_pose_has_these_tensors():
    with pytest.raises(InputError, match="expected block, neck and head types"):
        yolo_pose_tensors(small_model(head_type="pose"))
