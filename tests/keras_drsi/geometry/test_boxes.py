import keras
import numpy as np
import pytest

from keras_drsi.geometry.boxes import (
    ciou,
    cxcywh_to_xyxy,
    pairwise_overlap,
    xyxy_to_cxcywh,
)
from tests.backend import to_numpy, value_and_gradient


def random_boxes(seed, count, size=640):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, size, (count, 2))
    return np.concatenate(
        [low, low + rng.uniform(1, size / 2, (count, 2))], axis=-1
    ).astype("float32")


def reference_ciou(boxes, targets, fixed_alpha=None):
    """CIoU in float64, box by box, and its alpha."""
    values, alphas = [], []
    pairs = zip(boxes.astype("float64"), targets.astype("float64"))
    for index, ((l1, t1, r1, b1), (l2, t2, r2, b2)) in enumerate(pairs):
        w1, h1, w2, h2 = r1 - l1, b1 - t1, r2 - l2, b2 - t2
        shared = max(min(r1, r2) - max(l1, l2), 0)
        shared *= max(min(b1, b2) - max(t1, t2), 0)
        iou = shared / (w1 * h1 + w2 * h2 - shared)
        dx, dy = (l1 + r1 - l2 - r2) / 2, (t1 + b1 - t2 - b2) / 2
        diagonal = np.hypot(
            max(r1, r2) - min(l1, l2), max(b1, b2) - min(t1, t2)
        )
        v = (2 / np.pi * (np.arctan(w2 / h2) - np.arctan(w1 / h1))) ** 2
        alpha = v / (1 - iou + v)
        if fixed_alpha is not None:
            alpha = fixed_alpha[index]
        values.append(iou - (dx**2 + dy**2) / diagonal**2 - alpha * v)
        alphas.append(alpha)
    return np.array(values), np.array(alphas)


def test_formats():
    boxes = np.array([[10, 20, 30, 60], [5, 5, 5, 5]], "float32")
    centered = to_numpy(xyxy_to_cxcywh(boxes))
    np.testing.assert_array_equal(centered, [[20, 40, 20, 40], [5, 5, 0, 0]])
    np.testing.assert_array_equal(to_numpy(cxcywh_to_xyxy(centered)), boxes)


def test_overlap_of_known_boxes():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 0, 0]], "float32")
    others = np.array(
        [[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10], [0, 0, 0, 0]], "f"
    )
    # Their IoU: 1, 1/3, 0, 0.
    for threshold, expected in (
        (0.0, [True, True, False, False]),
        (0.33, [True, True, False, False]),
        (0.34, [True, False, False, False]),
        (1.0, [False] * 4),
    ):
        overlaps = to_numpy(pairwise_overlap(boxes, others, threshold))
        assert (overlaps > 0).tolist() == [expected, [False] * 4]


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.65])
def test_overlap_is_that_of_keras_iou(threshold):
    boxes, others = random_boxes(0, 60), random_boxes(1, 40)
    iou = keras.utils.bounding_boxes.compute_iou(boxes, others, "xyxy")
    expected = to_numpy(iou) > threshold
    assert expected.any() and not expected.all()
    ours = to_numpy(pairwise_overlap(boxes, others, threshold))
    np.testing.assert_array_equal(ours > 0, expected)
    mirrored = to_numpy(pairwise_overlap(others, boxes, threshold))
    np.testing.assert_array_equal(mirrored.T > 0, expected)


def test_ciou_of_known_boxes():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10]], "f")
    # The same; the same shape beside it; one within, of the same centre.
    targets = np.array([[0, 0, 10, 10], [10, 0, 20, 10], [2, 2, 8, 8]], "f")
    np.testing.assert_allclose(
        to_numpy(ciou(boxes, targets)), [1, -100 / 500, 0.36], atol=1e-6
    )


def test_ciou_equals_the_formula_and_keras():
    boxes, targets = random_boxes(2, 100), random_boxes(3, 100)
    ours = to_numpy(ciou(boxes, targets))
    formula, _ = reference_ciou(boxes, targets)
    np.testing.assert_allclose(ours, formula, rtol=1e-5, atol=1e-6)
    theirs = keras.utils.bounding_boxes.compute_ciou(boxes, targets, "xyxy")
    np.testing.assert_allclose(ours, to_numpy(theirs), rtol=1e-5, atol=1e-5)


def test_ciou_gradient_holds_alpha_constant():
    boxes, targets = random_boxes(4, 20, 10), random_boxes(5, 20, 10)
    gradient_of = value_and_gradient(
        lambda boxes, targets: keras.ops.sum(ciou(boxes, targets))
    )
    _, gradient = gradient_of(boxes, targets)
    _, alpha = reference_ciou(boxes, targets)
    step = 1e-6
    for column in range(4):
        shift = step * np.eye(4)[column]
        above, _ = reference_ciou(boxes + shift, targets, alpha)
        below, _ = reference_ciou(boxes - shift, targets, alpha)
        difference = (above - below) / (2 * step)
        np.testing.assert_allclose(
            gradient[:, column], difference, rtol=1e-3, atol=1e-5
        )


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_ciou_and_gradient_are_finite_for_degenerate_boxes(scale):
    shapes = scale * np.array(
        [
            [1, 1, 1, 1],  # a point
            [1, 1, 1, 3],  # without width
            [1, 1, 3, 1],  # without height
            [0, 0, 0, 0],
            [1, 1, 3, 3],
            [5, 5, 6, 9],
        ],
        "float32",
    )
    boxes, targets = np.repeat(shapes, 6, axis=0), np.tile(shapes, (6, 1))
    gradient_of = value_and_gradient(
        lambda boxes, targets: keras.ops.sum(ciou(boxes, targets))
    )
    value, gradient = gradient_of(boxes, targets)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
