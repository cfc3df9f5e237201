"""Training loss: boxes, objectness, keypoints and keypoint confidence."""

import keras
from keras import ops

from keras_drsi import head_layout
from keras_drsi.distribution.replicas import (
    mean_over_replicas,
    sum_over_replicas,
)
from keras_drsi.errors import InputError
from keras_drsi.geometry.boxes import ciou, cxcywh_to_xyxy, xyxy_to_cxcywh
from keras_drsi.keypoints.similarity import keypoint_error
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.losses.target_assigner import MATCH_RATIO, TargetAssigner


@keras.saving.register_keras_serializable(package="keras_drsi")
class PoseLoss:
    """Loss between raw head maps and persons with boxes and keypoints.

    The sum of five parts, each multiplied by its weight. "Positives" are the
    anchor positions to which `TargetAssigner` assigns a person. Means are
    computed for each level, and summed over the levels.

    - `box_loss`: `1 - CIoU`, averaged over the positives.
    - `objectness_loss`: binary cross-entropy, averaged over all positions and
      multiplied by the weight of the level. The target is the CIoU of the
      predicted box at positives, clipped at 0 and without gradient, and 0
      elsewhere. If several persons are assigned to a position, the largest
      CIoU counts.
    - `oks_loss`: `1 - exp(-d**2 / (2 * s**2 * h**2))` (Eq. 12), where `s**2`
      is the area of the person's box and `h = 2 * sigma`, averaged over the
      labeled keypoints of the positives.
    - `distance_loss`: `log(1 + d**2 / (2 * s**2 * h**2))`, averaged over the
      same keypoints. The gradient of Eq. 12 vanishes a few `h` away from the
      target, where keypoints start; that of this term does not.
    - `keypoint_confidence_loss`: binary cross-entropy between the confidence
      and "is labeled", averaged over all keypoints of the positives.

    There is no classification loss, because there is one class only.

    The loss and its gradient are finite for images without persons, persons
    without labeled keypoints and boxes of any size. Everything is computed in
    float32.

    In data-parallel training, the means are those of the global batch (see
    `keras_drsi.distribution.replicas`), so every replica must compute the
    loss.

    Args:
        schema: `KeypointSchema` with K keypoints.
        anchors: nested tuple of shape (levels, A, 2): width and height in
            input pixels.
        box_weight: float, weight of the box loss. Defaults to 0.05.
        objectness_weight: float, weight of the objectness loss. Defaults to
            1.0.
        oks_weight: float, weight of the OKS loss. Defaults to 0.1.
        distance_weight: float, weight of the distance loss. Defaults to 0.0,
            the loss of the paper, with Eq. 12 alone.
        keypoint_confidence_weight: float, weight of the keypoint confidence
            loss. Defaults to 0.5.
        oks_tolerances: tuple of floats, factors on `h` over which the OKS loss
            is averaged. Defaults to `(1.0,)`, as in the paper. Larger factors
            reach keypoints farther from their target.
        level_balance: tuple with one float per level, the weights of the
            levels in the objectness loss. Defaults to
            `(4.0, 1.0, 0.25, 0.06)`.
        anchor_ratio: float, the `ratio` of `TargetAssigner`. Defaults to 4.0.

    Call arguments:
        y: dict of targets:
            - `boxes`: (B, M, 4), xyxy in input pixels.
            - `keypoints`: (B, M, K, 3): x and y in input pixels, and
              visibility (0: not labeled, 1: occluded, 2: visible).
            - `count`: (B,) integers, the number of persons. Rows from `count`
              on are padding.
        raw: dict of raw head maps `{"P3": ..., ..., "P6": ...}`, each of shape
            (B, H / stride, W / stride, A, 6 + 3K) and any float dtype.

    Returns:
        Dict of five float32 scalars, with the keys `PoseLoss.parts`.

    Raises:
        InputError: if `anchors` or `level_balance` do not match the levels.

    Reference:
    - [Maji et al., 2022](https://arxiv.org/abs/2204.06806), YOLO-Pose, whose
      keypoint loss omits the factor 2 of Eq. 12.
    """

    parts = (
        "box_loss",
        "objectness_loss",
        "oks_loss",
        "distance_loss",
        "keypoint_confidence_loss",
    )

    def __init__(
        self,
        schema,
        anchors,
        box_weight=0.05,
        objectness_weight=1.0,
        oks_weight=0.1,
        distance_weight=0.0,
        keypoint_confidence_weight=0.5,
        oks_tolerances=(1.0,),
        level_balance=(4.0, 1.0, 0.25, 0.06),
        anchor_ratio=MATCH_RATIO,
    ):
        self.schema = schema
        self.box_weight = box_weight
        self.objectness_weight = objectness_weight
        self.oks_weight = oks_weight
        self.distance_weight = distance_weight
        self.keypoint_confidence_weight = keypoint_confidence_weight
        self.oks_tolerances = tuple(oks_tolerances)
        self.level_balance = tuple(level_balance)
        self.anchor_ratio = anchor_ratio
        if len(self.level_balance) != len(LEVEL_STRIDES):
            raise InputError(
                f"PoseLoss: level_balance: expected {len(LEVEL_STRIDES)} "
                f"floats, one per level, got {self.level_balance}."
            )
        self.assigner = TargetAssigner(anchors, anchor_ratio)
        self.anchors = self.assigner.anchors

    def __call__(self, y, raw):
        # Cast to float32 first: areas overflow in half precision.
        maps = [ops.cast(raw[level], "float32") for level in LEVEL_STRIDES]
        assignment = self.assigner(
            y["boxes"], y["count"], [ops.shape(m)[1:3] for m in maps]
        )
        positions = [
            _batch_positions(assignment.positions[level], ops.shape(level_map))
            for level, level_map in enumerate(maps)
        ]
        vectors = ops.concatenate(
            [_vectors_at(*pair) for pair in zip(maps, positions)]
        )
        positive = ops.cast(
            ops.reshape(assignment.positive, (-1, 1)), "float32"
        )
        overlap = self._overlap(y["boxes"], assignment, vectors)
        box_loss = _level_means(1 - overlap, positive)
        objectness_loss = self._objectness_loss(
            maps, positions, ops.stop_gradient(ops.relu(overlap)) * positive
        )
        error = self._keypoint_error(y, assignment, vectors)
        is_labeled = y["keypoints"][:, :, None, None, :, 2] > 0
        is_labeled = ops.cast(_rows(is_labeled, assignment), "float32")
        counted = positive * is_labeled
        oks_loss = _level_means(1 - self._similarity(error), counted)
        distance_loss = _level_means(ops.log1p(error), counted)
        confidence_loss = _level_means(
            _binary_crossentropy(
                is_labeled, head_layout.keypoint_confidence_logits(vectors)
            ),
            positive,
        )
        values = (
            self.box_weight * box_loss,
            self.objectness_weight * objectness_loss,
            self.oks_weight * oks_loss,
            self.distance_weight * distance_loss,
            self.keypoint_confidence_weight * confidence_loss,
        )
        return dict(zip(self.parts, values))

    def _overlap(self, boxes, assignment, vectors):
        """CIoU of predicted and target boxes, of shape (rows, 1)."""
        strides = _strides(rank=6)
        anchors = ops.convert_to_tensor(self.anchors, "float32")
        anchors = anchors[:, None, None, :, None, :] / strides
        predicted = [
            head_layout.box_center(vectors),
            head_layout.box_size(vectors) * _rows(anchors, assignment),
        ]
        boxes = xyxy_to_cxcywh(boxes)[:, :, None, None, :] / strides
        # Relative to the cell, where float32 is most precise.
        centers = boxes[..., :2] - assignment.cells[:, :, :, None]
        target = [_rows(centers, assignment), _rows(boxes[..., 2:], assignment)]
        return ciou(
            cxcywh_to_xyxy(ops.concatenate(predicted, axis=-1)),
            cxcywh_to_xyxy(ops.concatenate(target, axis=-1)),
        )[:, None]

    def _keypoint_error(self, y, assignment, vectors):
        """`d**2 / (2 * s**2 * h**2)`, the exponent of Eq. 12, (rows, K)."""
        strides = _strides(rank=6)
        keypoints = ops.cast(y["keypoints"], "float32")[:, :, None, None]
        targets = keypoints[..., :2] / strides[..., None]
        targets = targets - assignment.cells[:, :, :, None, :, None]
        dx = head_layout.keypoint_x(vectors) - _rows(
            targets[..., 0], assignment
        )
        dy = head_layout.keypoint_y(vectors) - _rows(
            targets[..., 1], assignment
        )
        sizes = xyxy_to_cxcywh(y["boxes"])[:, :, None, None, 2:] / strides
        areas = _rows(sizes[..., :1] * sizes[..., 1:], assignment)
        squared_distance = ops.square(dx) + ops.square(dy)
        return keypoint_error(squared_distance, areas[:, 0], self.schema.sigmas)

    def _similarity(self, error):
        """Eq. 12, averaged over the tolerances."""
        similarities = [
            ops.exp(-error / factor**2) for factor in self.oks_tolerances
        ]
        return sum(similarities) / len(similarities)

    def _objectness_loss(self, maps, positions, targets):
        targets = ops.reshape(targets, (len(maps), -1))
        loss = 0.0
        for level, weight in enumerate(self.level_balance):
            logits = maps[level][..., head_layout.OBJECTNESS]
            target = _map_of_largest(
                targets[level], positions[level], ops.shape(logits)
            )
            loss += weight * ops.mean(_binary_crossentropy(target, logits))
        return mean_over_replicas(loss, ops.shape(maps[0])[0])

    def get_config(self):
        return {
            "schema": keras.saving.serialize_keras_object(self.schema),
            "anchors": self.anchors,
            "box_weight": self.box_weight,
            "objectness_weight": self.objectness_weight,
            "oks_weight": self.oks_weight,
            "distance_weight": self.distance_weight,
            "keypoint_confidence_weight": self.keypoint_confidence_weight,
            "oks_tolerances": self.oks_tolerances,
            "level_balance": self.level_balance,
            "anchor_ratio": self.anchor_ratio,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["schema"] = keras.saving.deserialize_keras_object(
            config["schema"]
        )
        return cls(**config)


# The loss is computed on rows: one for every (level, image, person, anchor,
# cell), positive or not, because gradients of slices of high-rank tensors are
# slow.


def _rows(values, assignment):
    """Broadcasts (levels, B, M, A, 3, n) and flattens it to (rows, n)."""
    size = values.shape[-1]
    shape = (*ops.shape(assignment.positive), size)
    return ops.reshape(ops.broadcast_to(values, shape), (-1, size))


def _level_means(values, weights):
    """Sum over the levels of the weighted mean of values (rows, n)."""
    weights = ops.broadcast_to(weights, ops.shape(values))
    by_level = (len(LEVEL_STRIDES), -1)
    total = ops.sum(ops.reshape(values * weights, by_level), axis=1)
    count = ops.sum(ops.reshape(weights, by_level), axis=1)
    sums = sum_over_replicas(ops.stack([total, count]))
    total, count = ops.unstack(sums, 2)
    return ops.sum(total / ops.maximum(count, 1.0))


def _strides(rank):
    """Strides of the levels, along the first of `rank` axes."""
    strides = ops.convert_to_tensor(list(LEVEL_STRIDES.values()), "float32")
    return ops.reshape(strides, (-1,) + (1,) * (rank - 1))


def _batch_positions(positions, map_shape):
    """Converts positions in the map of an image to positions in the batch."""
    batch, height, width, anchors, _ = map_shape
    first = ops.arange(batch, dtype="int32") * (height * width * anchors)
    return ops.reshape(positions + first[:, None, None, None], (-1,))


def _vectors_at(level_map, positions):
    """Gathers vectors (rows, C) of a map (B, H, W, A, C)."""
    vectors = ops.reshape(level_map, (-1, level_map.shape[-1]))
    return ops.take(vectors, positions, axis=0)


def _map_of_largest(values, positions, map_shape):
    """Scatters non-negative values into a map (B, H, W, A) of zeros.

    The largest value counts if several are scattered to one position.
    """
    batch, height, width, anchors = map_shape
    largest = ops.segment_max(
        values, positions, num_segments=batch * height * width * anchors
    )
    # Positions without a value come back as the lowest float.
    return ops.reshape(ops.relu(largest), map_shape)


def _binary_crossentropy(target, logits):
    return ops.softplus(logits) - target * logits
