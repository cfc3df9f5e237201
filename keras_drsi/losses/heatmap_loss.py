"""Auxiliary training loss of keypoint heatmaps."""

import keras
from keras import ops

from keras_drsi.distribution.replicas import sum_over_replicas

# Standard deviation of the Gaussian in units of h * s, the scale of Eq. 12, and
# its minimum in cells, below which it could fall between the cells.
SPREAD = 0.7
SMALLEST_RADIUS = 0.6


@keras.saving.register_keras_serializable(package="keras_drsi")
class HeatmapLoss:
    """Quality focal loss of one heatmap per keypoint.

    The target is a Gaussian with maximum 1 at every labeled keypoint:

    ```python
    target = exp(-d**2 / (2 * r**2))
    r = 0.7 * s * h
    ```

    where `s**2` is the area of the person's box and `h = 2 * sigma`, i.e. its
    width follows the tolerance of the OKS. Where Gaussians overlap, the
    maximum counts. The loss of a cell is its binary cross-entropy times
    `4 * (target - prediction) ** 2`. The sum over all cells is divided by the
    sum of the targets.

    Args:
        schema: `KeypointSchema` with K keypoints.
        stride: integer, stride of the heatmaps in input pixels. Defaults to 8.
        weight: float, weight of the loss. Defaults to 0.05.

    Call arguments:
        y: dict of targets in input pixels: `boxes` (B, M, 4) xyxy and
            `keypoints` (B, M, K, 3) as x, y, visibility (0: not labeled).
        logits: tensor of shape (B, height, width, K) and any float dtype.

    Returns:
        float32 scalar.

    Reference:
    - [Li et al., 2020](https://arxiv.org/abs/2006.04388), Generalized Focal
      Loss.
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
        """Target heatmaps of a batch, of shape (B, height, width, K)."""
        keypoints = ops.cast(y["keypoints"], "float32")
        is_labeled = ops.cast(keypoints[..., 2:] > 0, "float32")
        radius = self._radius(ops.cast(y["boxes"], "float32"))[..., None]
        # A 2D Gaussian is an outer product of two 1D ones: few exponentials.
        columns = (
            self._gaussian(keypoints[..., 0:1], width, radius) * is_labeled
        )
        rows = self._gaussian(keypoints[..., 1:2], height, radius)
        gaussians = (
            rows[..., :, None] * columns[..., None, :]
        )  # (B, M, K, H, W)
        return ops.transpose(ops.max(gaussians, axis=1), (0, 2, 3, 1))

    def _radius(self, boxes):
        """Standard deviations in cells, of shape (B, M, K)."""
        sides = ops.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
        scale = ops.sqrt(ops.maximum(sides[..., :1] * sides[..., 1:], 1.0))
        h = 2 * ops.convert_to_tensor(self.schema.sigmas, "float32")
        return ops.maximum(SPREAD * scale * h / self.stride, SMALLEST_RADIUS)

    def _gaussian(self, positions, cells, radius):
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
