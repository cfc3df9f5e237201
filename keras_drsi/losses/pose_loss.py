"""The training loss: boxes, objectness, keypoints and their confidence."""

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
    """Loss of raw head maps against persons with boxes and keypoints.

    Five parts, each already multiplied by its weight. "Positives" are the
    anchor positions to which `TargetAssigner` assigned a person; means are
    per level, and the levels are added up.

    - `box_loss`: `1 - CIoU`, mean over positives.
    - `objectness_loss`: binary cross-entropy, mean over all positions, times
      the level's weight. The target is the CIoU of the predicted box at
      positives, as a constant and not below 0, and 0 elsewhere. Where persons
      share a position, the largest counts.
    - `oks_loss`: `1 - exp(-d^2 / (2 * s^2 * h^2))` (Eq. 12) with s^2 the area
      of the person's box and h twice the sigmas, mean over the labelled
      keypoints of the positives.
    - `distance_loss`: `log(1 + d^2 / (2 * s^2 * h^2))`, mean over the same
      keypoints. Eq. 12 is flat a few h away from the target, where keypoints
      start; this term has a slope everywhere.
    - `keypoint_confidence_loss`: binary cross-entropy of "is labelled", mean
      over all keypoints of the positives.

    There is one class of objects, so that the class needs no loss.

    Value and gradient are finite for images without persons, persons without
    labelled keypoints and boxes of any size. All is computed in float32.

    In a training on several devices the loss is that of the whole batch, see
    `keras_drsi.distribution.replicas`: every replica has to compute it.

    Args:
        schema: `KeypointSchema` with K keypoints.
        anchors: (levels, A, 2) nested tuple, width and height in pixels.
        box_weight: float.
        objectness_weight: float.
        oks_weight: float.
        distance_weight: float. 0 is the paper's loss, Eq. 12 alone.
        keypoint_confidence_weight: float.
        oks_tolerances: floats, factors on h over which the OKS loss is
            averaged; (1,) is the paper's, wider ones reach farther.
        level_balance: one float per level, the weights of the levels in the
            objectness loss.
        anchor_ratio: float, `TargetAssigner`'s `ratio`.

    Call arguments:
        y: dict of targets:
            - `boxes`: (B, M, 4) xyxy in input pixels.
            - `keypoints`: (B, M, K, 3), x and y in input pixels, then 0 for
              not labelled, 1 for occluded, 2 for visible.
            - `count`: (B,) integers, the number of persons; rows beyond it
              are ignored.
        raw: dict of raw maps, `{"P3": ..., ..., "P6": ...}`, each
            (B, H / stride, W / stride, A, 6 + 3K) of any float type.

    Returns:
        dict of the five float32 scalars, named as in `PoseLoss.parts`.

    Raises:
        InputError: if `anchors` or `level_balance` do not suit the levels.

    Reference:
    - [Maji et al., 2022](https://arxiv.org/abs/2204.06806), YOLO-Pose, whose
      keypoint loss leaves out the factor 2 of Eq. 12.
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
                f"PoseLoss: level_balance must have {len(LEVEL_STRIDES)} "
                f"numbers, one per level, got {self.level_balance}."
            )
        self.assigner = TargetAssigner(anchors, anchor_ratio)
        self.anchors = self.assigner.anchors

    def __call__(self, y, raw):
        # Float32 before anything else: half precision overflows on areas.
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
        is_labelled = y["keypoints"][:, :, None, None, :, 2] > 0
        is_labelled = ops.cast(_rows(is_labelled, assignment), "float32")
        counted = positive * is_labelled
        oks_loss = _level_means(1 - self._similarity(error), counted)
        distance_loss = _level_means(ops.log1p(error), counted)
        confidence_loss = _level_means(
            _binary_crossentropy(
                is_labelled, head_layout.keypoint_confidence_logits(vectors)
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
        """CIoU of predicted and target boxes, (rows, 1)."""
        strides = _strides(rank=6)
        anchors = ops.convert_to_tensor(self.anchors, "float32")
        anchors = anchors[:, None, None, :, None, :] / strides
        predicted = [
            head_layout.box_center(vectors),
            head_layout.box_size(vectors) * _rows(anchors, assignment),
        ]
        boxes = xyxy_to_cxcywh(boxes)[:, :, None, None, :] / strides
        # Relative to the cell, where float32 is finest.
        centers = boxes[..., :2] - assignment.cells[:, :, :, None]
        target = [_rows(centers, assignment), _rows(boxes[..., 2:], assignment)]
        return ciou(
            cxcywh_to_xyxy(ops.concatenate(predicted, axis=-1)),
            cxcywh_to_xyxy(ops.concatenate(target, axis=-1)),
        )[:, None]

    def _keypoint_error(self, y, assignment, vectors):
        """d^2 / (2 s^2 h^2), the exponent of Eq. 12, (rows, K)."""
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


# The loss works on rows, one for every (level, image, person, anchor, cell),
# positive or not. Gradients of slices are slow where there are many axes.


def _rows(values, assignment):
    """Repeats (levels, B, M, A, 3, n), with axes of 1, into (rows, n)."""
    size = values.shape[-1]
    shape = (*ops.shape(assignment.positive), size)
    return ops.reshape(ops.broadcast_to(values, shape), (-1, size))


def _level_means(values, weights):
    """Weighted mean of the rows (rows, n) of each level, added up."""
    weights = ops.broadcast_to(weights, ops.shape(values))
    by_level = (len(LEVEL_STRIDES), -1)
    total = ops.sum(ops.reshape(values * weights, by_level), axis=1)
    count = ops.sum(ops.reshape(weights, by_level), axis=1)
    sums = sum_over_replicas(ops.stack([total, count]))
    total, count = ops.unstack(sums, 2)
    return ops.sum(total / ops.maximum(count, 1.0))


def _strides(rank):
    """Strides along the first of `rank` axes."""
    strides = ops.convert_to_tensor(list(LEVEL_STRIDES.values()), "float32")
    return ops.reshape(strides, (-1,) + (1,) * (rank - 1))


def _batch_positions(positions, map_shape):
    """Positions in each image's map to positions in the batch, (rows,)."""
    batch, height, width, anchors, _ = map_shape
    first = ops.arange(batch, dtype="int32") * (height * width * anchors)
    return ops.reshape(positions + first[:, None, None, None], (-1,))


def _vectors_at(level_map, positions):
    """Vectors of (B, H, W, A, C) at the rows' positions, (rows, C)."""
    vectors = ops.reshape(level_map, (-1, level_map.shape[-1]))
    return ops.take(vectors, positions, axis=0)


def _map_of_largest(values, positions, map_shape):
    """Writes the rows' values >= 0 into a map (B, H, W, A) of zeros.

    Of several values for one position the largest stays.
    """
    batch, height, width, anchors = map_shape
    largest = ops.segment_max(
        values, positions, num_segments=batch * height * width * anchors
    )
    # Positions without a value come back as the smallest number.
    return ops.reshape(ops.relu(largest), map_shape)


def _binary_crossentropy(target, logits):
    return ops.softplus(logits) - target * logits
