"""Object keypoint similarity of predicted poses and true ones."""

import keras
from keras import ops

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.keypoints.similarity import keypoint_similarity


def coco_oks(keypoints, boxes, areas, predictions, sigmas):
    """OKS of every predicted pose with every true person, as COCO has it.

    The mean over the person's labelled keypoints of Eq. 12,
    `exp(-d^2 / (2 s^2 h^2))` with `h = 2 * sigma`. Here, as in pycocotools'
    `COCOeval.computeOks`, `s^2` is the area of the person's *segment*; the
    training loss takes the area of the *box*, about twice as large, because
    segments are not known to the network. For a person without a labelled
    keypoint, pycocotools measures how far all keypoints lie outside the box
    extended by its own size on each side; so do we.

    Args:
        keypoints: `(..., N, K, 3)`, true (x, y, visibility), px.
        boxes: `(..., N, 4)`, true boxes xyxy, px.
        areas: `(..., N)`, areas of the true segments, px^2.
        predictions: `(..., P, K, 2)` or `(..., P, K, 3)`, px; a third value
            is not read.
        sigmas: K floats, COCO's standard deviations.

    Returns:
        `(..., P, N)` float32, values in 0..1.
    """
    # (..., 1, N, K) against (..., P, 1, K)
    labelled = ops.expand_dims(keypoints[..., 2] > 0, -3)
    any_labelled = ops.any(labelled, axis=-1, keepdims=True)
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
        difference = ops.where(any_labelled, predicted - true, outside)
        squared_distance = squared_distance + ops.square(difference)
    # An area of 0 needs no care: where pycocotools adds np.spacing(1),
    # keypoint_similarity has a smallest scale. Either way OKS is 1 at the
    # very spot and 0 elsewhere.
    squared_scale = ops.expand_dims(areas, -2)  # (..., 1, N)
    similarity = keypoint_similarity(squared_distance, squared_scale, sigmas)
    counted = ops.cast(
        ops.logical_or(labelled, ops.logical_not(any_labelled)),
        similarity.dtype,
    )
    return ops.sum(similarity * counted, axis=-1) / ops.sum(counted, axis=-1)


@keras.saving.register_keras_serializable(package="keras_drsi")
class OKS(keras.metrics.Metric):
    """Mean over true persons of the OKS of the best pose for each.

    A quick number for the training log, with a `DRSINet` given to `compile`:
    1.0 if every person with a labelled keypoint is met exactly by some pose,
    0.0 for a person in an image without poses. Superfluous poses cost
    nothing; for that there is `CocoKeypointAP`. For the definition of OKS see
    `coco_oks`.

    Args:
        schema: `KeypointSchema`, whose sigmas enter the OKS.
        name: string.
        dtype: dtype policy or name.

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
        """Adds a batch.

        Args:
            y_true: dict `boxes` (B, M, 4) xyxy, `keypoints` (B, M, K, 3),
                `areas` (B, M), `count` (B,); px.
            y_pred: dict `keypoints` (B, P, K, 3), `count` (B,); px.
            sample_weight: (B,), weights of the images.

        Raises:
            InputError: for targets without `areas`, or of other keypoints
                than the schema's.
        """
        if "areas" not in y_true:
            raise InputError(
                "OKS: expected targets with boxes, keypoints, areas and "
                f"count, got {', '.join(sorted(y_true))}; areas (B, M) are "
                "those of the persons' segments, in square pixels."
            )
        given, known = y_true["keypoints"].shape[-2], len(self.schema)
        if given != known:
            raise InputError(
                f"OKS: expected {known} keypoints, as its schema has, got "
                f"targets with {given}; OKS(model.keypoints) has a model's."
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
        labelled = ops.any(true["keypoints"][..., 2] > 0, axis=-1)
        counted = ops.logical_and(
            labelled, _exists(true["keypoints"], true["count"])
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
    """(B, M): true for the rows of a padded array that hold something."""
    positions = ops.arange(rows.shape[1], dtype="int32")
    return positions[None, :] < ops.cast(count, "int32")[:, None]
