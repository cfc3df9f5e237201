"""Metrics of decoded poses, for a model that outputs raw head maps."""

import keras

from keras_drsi.errors import InputError


class PoseMetrics:
    """Container of the metrics a model is compiled with.

    A plain list attribute would be tracked by Keras: the metrics would be
    saved with the weights, and could not be replaced once the model is built.

    Args:
        metrics: list of `keras.metrics.Metric` instances that compare targets
            with decoded poses.

    Raises:
        InputError: if an element is not a `keras.metrics.Metric`, e.g. the
            name of a metric.
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
        """Accumulates a batch in each metric."""
        for metric in self.metrics:
            metric.update_state(targets, poses, sample_weight)

    def serialize(self):
        """Configs for `keras.saving.deserialize_keras_object`."""
        return [keras.saving.serialize_keras_object(m) for m in self.metrics]
