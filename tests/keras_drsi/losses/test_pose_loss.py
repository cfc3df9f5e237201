import functools
import json

import keras
import numpy as np
import pytest
from keras import ops

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.losses.pose_loss import PoseLoss
from tests.backend import compiled, value_and_gradient
from tests.pose_loss_reference import (
    ANCHORS,
    PARTS,
    SCHEMA,
    SIZE,
    positives,
    random_persons,
    random_raw,
    reference_loss,
)
from tests.yolo_pose_vectors import SCHEMA as YOLO_POSE_SCHEMA
from tests.yolo_pose_vectors import SOURCES, yolo_pose_vectors

UNWEIGHTED = PoseLoss(
    SCHEMA,
    ANCHORS,
    box_weight=1.0,
    oks_weight=1.0,
    distance_weight=1.0,
    keypoint_confidence_weight=1.0,
)


def weighted_sum(raw, y, weights):
    return ops.sum(ops.stack(list(UNWEIGHTED(y, raw).values())) * weights)


# Compiled once for all tests, so they all have images with 30 rows.
unweighted_parts = compiled(UNWEIGHTED)
gradient_of_sum = value_and_gradient(weighted_sum, uses_xla=True)


@pytest.mark.parametrize("source", SOURCES)
def test_parts_equal_yolo_pose(source):
    vectors = yolo_pose_vectors(source)
    loss = PoseLoss(YOLO_POSE_SCHEMA, vectors.anchors)
    parts = compiled(loss)(vectors.targets(max_persons=8), vectors.loss_maps)
    theirs = vectors.loss_parts
    assert parts.pop("distance_loss") == 0  # YOLO-Pose has none
    ours_in_order = [name for name in PARTS if name in parts]
    for ours, name in zip(ours_in_order, ("box", "obj", "kpt", "kptv")):
        np.testing.assert_allclose(parts[ours], theirs[name], rtol=1e-5)
    np.testing.assert_allclose(sum(parts.values()), theirs["sum"], rtol=1e-5)


def test_parts_equal_a_plain_loop_where_persons_share_positions():
    y, raw = random_persons(0, persons=30), random_raw(1)
    places = [
        (level, *p[:1], *p[2:])
        for level in range(4)
        for p in positives(y, level)
    ]
    assert len(set(places)) < 0.9 * len(places)
    ours, reference = unweighted_parts(y, raw), reference_loss(y, raw)
    assert set(ours) == set(reference)
    for name, value in reference.items():
        assert ours[name].dtype == "float32" and ours[name].shape == ()
        np.testing.assert_allclose(ours[name], value, rtol=1e-5)


def test_order_of_persons_does_not_matter():
    y, raw = random_persons(2, persons=30), random_raw(3)
    order = np.random.default_rng(4).permutation(30)
    shuffled = {
        **y,
        "boxes": y["boxes"][:, order],
        "keypoints": y["keypoints"][:, order],
    }
    ours, theirs = unweighted_parts(y, raw), unweighted_parts(shuffled, raw)
    for name in PARTS:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-6)


def test_rows_beyond_count_do_not_matter():
    y, raw = random_persons(5, persons=30), random_raw(6)
    y["count"][:] = 4, 0
    expected = unweighted_parts(y, raw)
    for name in ("boxes", "keypoints"):
        y[name][0, 4:] = 0
        y[name][1] = 0
    cleared = unweighted_parts(y, raw)
    for name in PARTS:
        np.testing.assert_array_equal(expected[name], cleared[name])


def test_each_weight_scales_its_part():
    weights = {
        "box_weight": 0.3,
        "objectness_weight": 0.7,
        "oks_weight": 1.3,
        "distance_weight": 1.5,
        "keypoint_confidence_weight": 1.7,
    }
    y, raw = random_persons(7, persons=30), random_raw(8)
    weighted = compiled(PoseLoss(SCHEMA, ANCHORS, **weights))(y, raw)
    parts = unweighted_parts(y, raw)
    for name, weight in zip(PARTS, weights.values()):
        np.testing.assert_allclose(weighted[name], weight * parts[name], 1e-6)


@pytest.mark.parametrize(
    "part", ["oks_loss", "distance_loss", "keypoint_confidence_loss"]
)
def test_gradient_equals_central_differences(part):
    y, raw = random_persons(9, persons=30), random_raw(10)
    y["count"][:] = 3
    chosen = np.array([name == part for name in PARTS], "float32")
    _, gradient = gradient_of_sum(raw, y, chosen)
    step = 1e-5
    rng = np.random.default_rng(11)
    image, _, row, column, anchor = next(positives(y, 1))
    for _ in range(3):
        # Along a random direction of all that predicts one positive.
        direction = np.zeros_like(raw["P4"], "float64")
        direction[image, row, column, anchor] = rng.normal(
            size=direction.shape[-1]
        )
        above, below = (
            reference_loss(y, {**raw, "P4": raw["P4"] + sign * direction})[part]
            for sign in (step, -step)
        )
        np.testing.assert_allclose(
            np.sum(gradient["P4"] * direction),
            (above - below) / (2 * step),
            rtol=1e-3,
        )


def test_tolerances_widen_the_sigmas_and_are_averaged():
    y, raw = random_persons(4, persons=3), random_raw(4)

    def oks_loss(sigmas, **options):
        schema = KeypointSchema(names=SCHEMA.names, sigmas=sigmas)
        loss = PoseLoss(schema, ANCHORS, oks_weight=1.0, **options)
        return float(compiled(loss)(y, raw)["oks_loss"])

    narrow = oks_loss(SCHEMA.sigmas)
    wide = oks_loss(tuple(3 * sigma for sigma in SCHEMA.sigmas))
    both = oks_loss(SCHEMA.sigmas, oks_tolerances=(1, 3))
    assert wide < narrow
    assert both == pytest.approx((narrow + wide) / 2, rel=1e-5)


def test_distance_has_a_slope_where_eq_12_is_flat():
    y, raw = random_persons(9, persons=30), random_raw(10)
    y["count"][:] = 1
    y["keypoints"][..., :2] += 1000  # far from every prediction
    y["keypoints"][..., 2] = 2

    def steepest(part):
        chosen = np.array([name == part for name in PARTS], "float32")
        _, gradient = gradient_of_sum(raw, y, chosen)
        return max(np.abs(level).max() for level in gradient.values())

    assert steepest("oks_loss") == 0
    assert steepest("distance_loss") > 1e-4


def test_objectness_does_not_move_boxes_towards_its_target():
    y, raw = random_persons(16, persons=30), random_raw(17)
    chosen = np.array([name == "objectness_loss" for name in PARTS], "float32")
    _, gradient = gradient_of_sum(raw, y, chosen)
    for level_gradient in gradient.values():
        assert level_gradient[..., 4].all()
        assert not np.any(np.delete(level_gradient, 4, axis=-1))


def no_person(y):
    y["count"][:] = 0


def no_label(y):
    y["keypoints"][..., 2] = 0


def point_boxes(y):
    y["boxes"][..., 2:] = y["boxes"][..., :2]


def boxes_of_one_pixel(y):
    y["boxes"][..., 2:] = y["boxes"][..., :2] + 1


def boxes_without_width(y):
    y["boxes"][..., 2] = y["boxes"][..., 0]


def keypoints_at_origin(y):
    y["keypoints"][..., :2] = 0


def keypoints_at_border(y):
    y["keypoints"][..., :2] = SIZE


def boxes_at_corners(y):
    y["boxes"][0] = SIZE - 20, SIZE - 30, SIZE + 20, SIZE + 30
    y["boxes"][1] = -20, -30, 20, 30


def one_person(y):
    y["count"][:] = 1, 0


CASES = (
    no_person,
    no_label,
    point_boxes,
    boxes_of_one_pixel,
    boxes_without_width,
    keypoints_at_origin,
    keypoints_at_border,
    boxes_at_corners,
    one_person,
)


@functools.cache
def gradient_in(dtype):
    """Gradient with respect to maps that are rounded to `dtype`."""
    loss = PoseLoss(COCO_PERSON, ANCHORS)

    def total(raw, y):
        raw = {name: ops.cast(values, dtype) for name, values in raw.items()}
        return ops.sum(ops.stack(list(loss(y, raw).values())))

    return value_and_gradient(total)


def assert_finite(dtype, y, scale=1):
    raw = random_raw(13, keypoints=len(COCO_PERSON))
    raw = {name: scale * level_map for name, level_map in raw.items()}
    value, gradient = gradient_in(dtype)(raw, y)
    assert np.isfinite(value)
    for level_gradient in gradient.values():
        assert np.isfinite(level_gradient).all()
    # Objectness learns even where there is nobody.
    assert np.any(gradient["P3"])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_loss_and_gradient_are_finite(dtype, case):
    y = random_persons(12, persons=5, keypoints=len(COCO_PERSON))
    case(y)
    for scale in (0, 1, 30):
        assert_finite(dtype, y, scale)


def test_loss_and_gradient_are_finite_for_300_persons():
    y = random_persons(12, persons=300, keypoints=len(COCO_PERSON))
    assert_finite("float32", y)


def test_half_precision_is_cast_up_first():
    y = random_persons(18, persons=5, keypoints=len(COCO_PERSON))
    raw = random_raw(19, keypoints=len(COCO_PERSON))
    rounded = {name: m.astype("float16").astype("f") for name, m in raw.items()}
    half, _ = gradient_in("float16")(raw, y)
    single, _ = gradient_in("float32")(rounded, y)
    assert half.dtype == "float32"
    np.testing.assert_allclose(half, single, rtol=1e-6)


def perfect_prediction(y, raw):
    """Writes at every positive what decodes to its person."""
    for level, (name, stride) in enumerate(LEVEL_STRIDES.items()):
        for image, person, row, column, anchor in positives(y, level):
            low, high = np.split(y["boxes"][image, person], 2)
            cell = np.array([column, row])
            center = ((low + high) / 2 / stride - cell + 0.5) / 2
            side = np.sqrt((high - low) / ANCHORS[level][anchor]) / 2
            vector = raw[name][image, row, column, anchor]
            vector[:2] = np.log(center / (1 - center))
            vector[2:4] = np.log(side / (1 - side))
            vector[4] = 30
            points = y["keypoints"][image, person, :, :2]
            vector[6::3], vector[7::3] = ((points / stride - cell + 0.5) / 2).T
            vector[8::3] = np.where(
                y["keypoints"][image, person, :, 2], 30, -30
            )
    return raw


def test_perfect_prediction_has_no_loss_and_a_finite_gradient():
    y = random_persons(14, persons=30)
    y["count"][:] = 1
    y["boxes"][:, 0] = [[22, 31, 78, 73], [2, 3, 32, 25]]
    raw = {name: np.full_like(m, -30) for name, m in random_raw(15).items()}
    weights = np.ones(len(PARTS), "float32")
    value, gradient = gradient_of_sum(perfect_prediction(y, raw), y, weights)
    assert 0 <= value < 1e-5
    for level_gradient in gradient.values():
        assert np.isfinite(level_gradient).all()


def test_config_round_trip():
    loss = PoseLoss(
        SCHEMA,
        ANCHORS,
        box_weight=0.1,
        objectness_weight=0.2,
        oks_weight=0.3,
        distance_weight=0.35,
        keypoint_confidence_weight=0.4,
        level_balance=(1.0, 2.0, 3.0, 4.0),
        anchor_ratio=3.0,
    )
    config = keras.saving.serialize_keras_object(loss)
    restored = keras.saving.deserialize_keras_object(
        json.loads(json.dumps(config))
    )
    assert restored.get_config() == loss.get_config()
    assert restored.schema == SCHEMA
    assert restored.assigner.get_config() == loss.assigner.get_config()


def test_wrong_number_of_levels_is_refused():
    with pytest.raises(InputError, match="anchors: expected 4 levels"):
        PoseLoss(SCHEMA, ANCHORS[:3])
    with pytest.raises(InputError, match="level_balance: expected 4 floats"):
        PoseLoss(SCHEMA, ANCHORS, level_balance=(1.0, 2.0))
