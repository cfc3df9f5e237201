"""A loss of keypoint heatmaps: where in the image each keypoint lies."""

import keras
from keras import ops

from keras_drsi.distribution.replicas import sum_over_replicas

# Radius of a keypoint's bump in units of h * s, the tolerance of Eq. 12, and
# its least size in cells, below which no cell might see it.
SPREAD = 0.7
SMALLEST_RADIUS = 0.6


@keras.saving.register_keras_serializable(package="keras_drsi")
class HeatmapLoss:
    """Quality focal loss of one heatmap per keypoint.

    The target is a bump of height 1 at every labelled keypoint,
    `exp(-d^2 / (2 r^2))` with `r = 0.7 s h`: as wide as OKS is tolerant, for
    `s^2` the area of the person's box and `h` twice the keypoint's sigma.
    Where bumps overlap the higher one counts. The loss of a cell is its
    binary cross-entropy times `4 (target - prediction)^2`; the sum over all
    cells is divided by the sum of the targets.

    Args:
        schema: `KeypointSchema` with K keypoints.
        stride: input pixels between the cells of the heatmap.
        weight: float, factor on the loss.

    Call arguments:
        y: dict of `boxes` (B, M, 4) xyxy and `keypoints` (B, M, K, 3) in
            input pixels; v = 0 where not labelled.
        logits: (B, H, W, K), any float type.

    Returns:
        float32 scalar.

    Reference:
        Li et al., Generalized Focal Loss, 2020 (quality focal loss).
    """

    def __init__(self, schema, stride=8, weight=0.05):
        self.schema = schema
        self.stride = stride
        self.weight = weight

    def __call__(self, y, logits):
        logits = ops.cast(logits, "float32")
        targets = self.targets(y, *ops.shape(logits)[1:3])
        crossentropy = ops.softplus(logits) - targets * logits
        focus = 4 * ops.square(targets - ops.sigmoid(logits))
        total = ops.sum(crossentropy * ops.stop_gradient(focus))
        sums = sum_over_replicas(ops.stack([total, ops.sum(targets)]))
        return self.weight * sums[0] / ops.maximum(sums[1], 1.0)

    def targets(self, y, height, width):
        """The heatmaps of a batch of persons, (B, height, width, K)."""
        keypoints = ops.cast(y["keypoints"], "float32")
        is_labelled = ops.cast(keypoints[..., 2:] > 0, "float32")
        radius = self._radius(ops.cast(y["boxes"], "float32"))[..., None]
        # A bump is the product of a row and a column: few exponentials.
        columns = self._bump(keypoints[..., 0:1], width, radius) * is_labelled
        rows = self._bump(keypoints[..., 1:2], height, radius)
        bumps = rows[..., :, None] * columns[..., None, :]  # (B, M, K, H, W)
        return ops.transpose(ops.max(bumps, axis=1), (0, 2, 3, 1))

    def _radius(self, boxes):
        """In cells, (B, M, K)."""
        sides = ops.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
        scale = ops.sqrt(ops.maximum(sides[..., :1] * sides[..., 1:], 1.0))
        h = 2 * ops.convert_to_tensor(self.schema.sigmas, "float32")
        return ops.maximum(SPREAD * scale * h / self.stride, SMALLEST_RADIUS)

    def _bump(self, positions, cells, radius):
        centers = ops.arange(cells, dtype="float32") + 0.5
        distance = positions / self.stride - centers
        return ops.exp(-ops.square(distance / radius) / 2)

    def get_config(self):
        return {
            "schema": keras.saving.serialize_keras_object(self.schema),
            "stride": self.stride,
            "weight": self.weight,
        }

    @classmethod
    def from_config(cls, config):
        schema = keras.saving.deserialize_keras_object(config["schema"])
        return cls(**{**config, "schema": schema})
