import numpy as np
import pytest

from keras_drsi.head_layout import vector_size
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.postprocess.decode import decode_pose_maps
from tests.backend import compiled
from tests.yolo_pose_vectors import SOURCES, yolo_pose_vectors

ANCHORS = tuple(
    tuple((stride * (1 + a), stride * (2 + a)) for a in range(3))
    for stride in LEVEL_STRIDES.values()
)


def random_raw(seed, height, width, keypoints, images=2, dtype="float32"):
    rng = np.random.default_rng(seed)
    size = vector_size(keypoints)
    return {
        level: rng.normal(
            size=(images, height // stride, width // stride, 3, size)
        ).astype(dtype)
        for level, stride in LEVEL_STRIDES.items()
    }


@pytest.mark.parametrize("source", SOURCES)
def test_equals_yolo_pose(source):
    vectors = yolo_pose_vectors(source)
    ours = compiled(lambda raw: decode_pose_maps(raw, vectors.anchors), True)(
        vectors.raw_maps
    )
    ours = {name: values[:, vectors.places] for name, values in ours.items()}
    theirs = vectors.decoded
    center, half = theirs[..., :2], theirs[..., 2:4] / 2
    boxes = np.concatenate([center - half, center + half], axis=-1)
    points = theirs[..., 6:].reshape(ours["keypoints"].shape)
    # A coordinate may be near 0: relative to the image's size then.
    close = {"rtol": 1e-5, "atol": 1e-5 * max(vectors.image_size)}
    np.testing.assert_allclose(ours["boxes"], boxes, **close)
    np.testing.assert_allclose(
        ours["keypoints"][..., :2], points[..., :2], **close
    )
    np.testing.assert_allclose(
        ours["keypoints"][..., 2], points[..., 2], rtol=1e-5
    )
    np.testing.assert_allclose(
        ours["scores"], theirs[..., 4] * theirs[..., 5], rtol=1e-5
    )


@pytest.mark.parametrize("keypoints", [1, 5])
def test_zero_logits_decode_to_cell_centers_and_anchors(keypoints):
    raw = random_raw(0, 64, 128, keypoints, images=1)
    raw = {level: np.zeros_like(values) for level, values in raw.items()}
    poses = compiled(lambda raw: decode_pose_maps(raw, ANCHORS))(raw)
    # Second row, third column, second anchor of P3, which is 16 cells wide.
    place = (1 * 16 + 2) * 3 + 1
    np.testing.assert_array_equal(
        poses["boxes"][0, place], [20 - 8, 12 - 12, 20 + 8, 12 + 12]
    )
    assert poses["scores"][0, place] == 0.25
    # Keypoints have no sigmoid: a logit of 0 is half a cell back.
    np.testing.assert_array_equal(
        poses["keypoints"][0, place], [[16 - 4, 8 - 4, 0.5]] * keypoints
    )


def test_best_candidates_are_those_of_all():
    height, width = 128, 192
    raw = random_raw(1, height, width, keypoints=3)
    everything = compiled(lambda raw: decode_pose_maps(raw, ANCHORS))(raw)
    best = compiled(lambda raw: decode_pose_maps(raw, ANCHORS, 50))(raw)
    for image in range(2):
        order = np.argsort(-everything["scores"][image])[:50]
        for name, values in everything.items():
            np.testing.assert_allclose(
                best[name][image], values[image, order], 1e-6, 1e-6 * width
            )


def test_more_candidates_than_vectors():
    raw = random_raw(2, 64, 64, keypoints=2)
    poses = compiled(lambda raw: decode_pose_maps(raw, ANCHORS, 10_000))(raw)
    # 8 x 8, 4 x 4, 2 x 2 and 1 cells with three anchors.
    assert poses["scores"].shape == (2, 255)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_output_is_float32(dtype):
    raw = random_raw(3, 64, 64, keypoints=2, dtype=dtype)
    raw["P6"][:] = 2.0**14
    poses = compiled(lambda raw: decode_pose_maps(raw, ANCHORS))(raw)
    for values in poses.values():
        assert values.dtype == "float32"
        assert np.isfinite(values).all()
    # More than float16 can hold.
    assert poses["keypoints"].max() == 64 * (2.0**15 - 0.5)
