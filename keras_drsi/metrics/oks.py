"""Object keypoint similarity (OKS) of predicted and true poses."""

import keras
from keras import ops

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.keypoints.similarity import keypoint_similarity


def coco_oks(keypoints, boxes, areas, predictions, sigmas):
    """Pairwise OKS of predicted poses and true persons, as defined by COCO.

    The mean over the labeled keypoints of a person of

    ```python
    exp(-d**2 / (2 * s**2 * h**2))  # Eq. 12, h = 2 * sigma
    ```

    As in pycocotools (`COCOeval.computeOks`), `s**2` is the area of the
    person's *segment*. The training loss uses the area of the *box* instead,
    about twice as large, because segments are not part of the targets. For a
    person without labeled keypoints, `d` is the distance of each predicted
    keypoint to the box, extended by its own size on each side.

    Args:
        keypoints: tensor of shape (..., N, K, 3): true x, y in pixels and
            visibility.
        boxes: tensor of shape (..., N, 4): true boxes, xyxy in pixels.
        areas: tensor of shape (..., N): areas of the true segments in square
            pixels.
        predictions: tensor of shape (..., P, K, 2) or (..., P, K, 3): predicted
            x, y in pixels, optionally followed by a confidence, which is
            ignored.
        sigmas: K floats, see `KeypointSchema`.

    Returns:
        float32 tensor of shape (..., P, N), in [0, 1].
    """
    # (..., 1, N, K) against (..., P, 1, K)
    labeled = ops.expand_dims(keypoints[..., 2] > 0, -3)
    any_labeled = ops.any(labeled, axis=-1, keepdims=True)
    squared_distance = 0.0
    for axis in (0, 1):
        predicted = ops.expand_dims(predictions[..., axis], -2)
        true = ops.expand_dims(keypoints[..., axis], -3)
        low = ops.expand_dims(boxes[..., axis : axis + 1], -3)
        high = ops.expand_dims(boxes[..., axis + 2 : axis + 3], -3)
        extent = high - low
        outside = ops.relu(low - extent - predicted) + ops.relu(
            predicted - high - extent
        )
        difference = ops.where(any_labeled, predicted - true, outside)
        squared_distance = squared_distance + ops.square(difference)
    # For an area of 0, pycocotools adds `np.spacing(1)` and
    # `keypoint_similarity` clips the scale. Either way, the OKS is 1 at a
    # distance of 0 and 0 elsewhere.
    squared_scale = ops.expand_dims(areas, -2)  # (..., 1, N)
    similarity = keypoint_similarity(squared_distance, squared_scale, sigmas)
    counted = ops.cast(
        ops.logical_or(labeled, ops.logical_not(any_labeled)),
        similarity.dtype,
    )
    return ops.sum(similarity * counted, axis=-1) / ops.sum(counted, axis=-1)


@keras.saving.register_keras_serializable(package="keras_drsi")
class OKS(keras.metrics.Metric):
    """Mean OKS of the best predicted pose for each true person.

    A cheap metric for `DRSINet.compile`. The mean runs over the persons with
    labeled keypoints; a person in an image without predicted poses counts as
    0. False positives are not penalized; use `CocoKeypointAP` for that. See
    `coco_oks` for the definition of OKS.

    Args:
        schema: `KeypointSchema`. Its sigmas define the OKS. Defaults to
            `COCO_PERSON`.
        name: string, name of the metric. Defaults to `"oks"`.
        dtype: dtype or dtype policy of the accumulated values. Defaults to
            `keras.config.floatx()`.

    Example:

    >>> model.compile("adam", metrics=[OKS(model.keypoints)])
    >>> model.fit(images, targets, validation_data=(val_images, val_targets))

    >>> metric = OKS()
    >>> metric.update_state(targets, model.predict_on_batch(images))
    >>> metric.result()
    """

    def __init__(self, schema=COCO_PERSON, name="oks", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.schema = schema
        self.total = self.add_weight(name="total", initializer="zeros")
        self.persons = self.add_weight(name="persons", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Accumulates a batch.

        Args:
            y_true: dict of tensors, in pixels: `boxes` (B, M, 4) xyxy,
                `keypoints` (B, M, K, 3) as x, y, visibility, `areas` (B, M)
                of the segments, and `count` (B,), the number of persons.
            y_pred: dict of tensors, in pixels: `keypoints` (B, P, K, 3) as x,
                y, confidence, and `count` (B,), the number of poses.
            sample_weight: optional tensor of shape (B,), the weight of each
                image.

        Raises:
            InputError: if the targets have no `areas`, or another number of
                keypoints than the schema.
        """
        if "areas" not in y_true:
            raise InputError(
                "OKS: expected targets with boxes, keypoints, areas and "
                f"count, got {', '.join(sorted(y_true))}. areas (B, M) are the "
                "areas of the persons' segments in square pixels."
            )
        given, known = y_true["keypoints"].shape[-2], len(self.schema)
        if given != known:
            raise InputError(
                f"OKS: expected targets with the {known} keypoints of its "
                f"schema, got {given}. Pass the schema of the model: "
                "OKS(model.keypoints)."
            )
        true, predicted = (
            {key: ops.convert_to_tensor(value) for key, value in poses.items()}
            for poses in (y_true, y_pred)
        )
        oks = coco_oks(
            ops.cast(true["keypoints"], "float32"),
            ops.cast(true["boxes"], "float32"),
            ops.cast(true["areas"], "float32"),
            ops.cast(predicted["keypoints"], "float32"),
            self.schema.sigmas,
        )  # (B, P, M)
        exists = _exists(predicted["keypoints"], predicted["count"])
        best = ops.max(ops.where(exists[..., None], oks, 0.0), axis=1)
        labeled = ops.any(true["keypoints"][..., 2] > 0, axis=-1)
        counted = ops.logical_and(
            labeled, _exists(true["keypoints"], true["count"])
        )
        weights = ops.cast(counted, self.dtype)  # (B, M)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, self.dtype)
            weights = weights * ops.reshape(sample_weight, (-1, 1))
        self.total.assign_add(ops.sum(weights * ops.cast(best, self.dtype)))
        self.persons.assign_add(ops.sum(weights))

    def result(self):
        return ops.divide_no_nan(self.total, self.persons)

    def get_config(self):
        return {
            "schema": keras.saving.serialize_keras_object(self.schema),
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config):
        schema = keras.saving.deserialize_keras_object(config["schema"])
        return cls(**{**config, "schema": schema})


def _exists(rows, count):
    """Mask (B, M) of the rows of a padded tensor that are not padding."""
    positions = ops.arange(rows.shape[1], dtype="int32")
    return positions[None, :] < ops.cast(count, "int32")[:, None]
