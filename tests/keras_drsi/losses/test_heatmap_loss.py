import json

import keras
import numpy as np

from keras_drsi.keypoints import KeypointSchema
from keras_drsi.losses.heatmap_loss import HeatmapLoss
from tests.backend import compiled, to_numpy, value_and_gradient

SCHEMA = KeypointSchema(names=("tip", "end"), sigmas=(0.05, 0.1))
LOSS = HeatmapLoss(SCHEMA, stride=8, weight=0.5)


def persons():
    """One of 80 x 80 pixels, one whose second keypoint is not labelled."""
    boxes = np.array([[[10, 10, 90, 90], [70, 20, 110, 60]]], "float32")
    keypoints = np.array(
        [[[[20, 44, 2], [60, 60, 1]], [[100, 44, 2], [0, 0, 0]]]], "float32"
    )
    return {"boxes": boxes, "keypoints": keypoints}


def reference_targets(y, height, width):
    targets = np.zeros((1, height, width, 2))
    for box, points in zip(y["boxes"][0], y["keypoints"][0]):
        scale = np.sqrt(np.prod(box[2:] - box[:2]))
        for k, (x, y_, v) in enumerate(points):
            radius = max(0.7 * scale * 2 * SCHEMA.sigmas[k] / 8, 0.6)
            for row in range(height):
                for column in range(width):
                    squared = (x / 8 - column - 0.5) ** 2
                    squared += (y_ / 8 - row - 0.5) ** 2
                    bump = (v > 0) * np.exp(-squared / (2 * radius**2))
                    cell = 0, row, column, k
                    targets[cell] = max(targets[cell], bump)
    return targets


def test_targets_are_bumps_at_labelled_keypoints():
    y = persons()
    targets = compiled(lambda y: LOSS.targets(y, 12, 16))(y)
    np.testing.assert_allclose(
        targets, reference_targets(y, 12, 16), rtol=1e-4, atol=1e-6
    )
    assert targets[0, 5, 2, 0] > 0.9 and targets[0, 5, 12, 0] > 0.9
    assert targets[0, 0, 0, 1] < 0.01  # v = 0 puts nothing at the origin


def test_loss_is_the_quality_focal_loss():
    y = persons()
    logits = np.random.default_rng(0).normal(size=(1, 12, 16, 2)).astype("f")
    target = reference_targets(y, 12, 16)
    p = 1 / (1 + np.exp(-logits.astype("float64")))
    crossentropy = -target * np.log(p) - (1 - target) * np.log(1 - p)
    expected = 0.5 * np.sum(4 * (target - p) ** 2 * crossentropy) / target.sum()
    np.testing.assert_allclose(compiled(LOSS)(y, logits), expected, rtol=1e-4)


def test_true_heatmaps_cost_less_than_any_constant():
    y = persons()
    target = np.clip(reference_targets(y, 12, 16), 1e-4, 1 - 1e-4)
    loss = compiled(LOSS)
    true = loss(y, np.log(target / (1 - target)).astype("float32"))
    for constant in (-6, -3, 0):
        assert true < 0.1 * loss(y, np.full_like(target, constant, "float32"))


def test_nobody_has_a_finite_loss_and_gradient():
    y = {name: np.zeros_like(values) for name, values in persons().items()}
    run = value_and_gradient(lambda logits, y: LOSS(y, logits))
    value, gradient = run(np.full((1, 12, 16, 2), 3.0, "float32"), y)
    assert np.isfinite(value) and np.isfinite(gradient).all()
    assert (gradient > 0).all()


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(LOSS)
    restored = keras.saving.deserialize_keras_object(
        json.loads(json.dumps(config))
    )
    assert restored.get_config() == LOSS.get_config()
    y, logits = persons(), np.zeros((1, 12, 16, 2), "float32")
    assert to_numpy(restored(y, logits)) == to_numpy(LOSS(y, logits))
