"""Metrics of decoded poses, for a model whose outputs are raw maps."""

import keras

from keras_drsi.errors import InputError


class PoseMetrics:
    """The metrics that a model was compiled with.

    Kept in a list of the model itself, Keras would save them with its
    weights, and refuse others once the model is built.

    Args:
        metrics: `keras.metrics.Metric`s of targets and poses.

    Raises:
        InputError: for anything else, such as the name of a metric.
    """

    def __init__(self, metrics):
        self.metrics = list(metrics)
        for metric in self.metrics:
            if not isinstance(metric, keras.metrics.Metric):
                raise InputError(
                    "compile: expected metrics of poses, such as "
                    f"keras_drsi.OKS(), got {metric!r}."
                )

    def __iter__(self):
        return iter(self.metrics)

    def __len__(self):
        return len(self.metrics)

    def update_state(self, targets, poses, sample_weight=None):
        """Adds a batch to each of them."""
        for metric in self.metrics:
            metric.update_state(targets, poses, sample_weight)

    def serialize(self):
        """What `keras.saving.deserialize_keras_object` makes them from."""
        return [keras.saving.serialize_keras_object(m) for m in self.metrics]
