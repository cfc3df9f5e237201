"""Training and prediction of models that output raw head maps."""

import keras

from keras_drsi.distribution.replicas import (
    scale_loss_for_replicas,
    sum_over_replicas,
    synchronize_gradients,
)
from keras_drsi.metrics.pose_metrics import PoseMetrics


class PoseModel(keras.Model):
    """Base of `DRSINet`: `fit`, `evaluate` and `predict` of poses.

    A subclass has `pose_loss`, which turns targets and outputs into a dict of
    losses, passes their names to `track_losses`, and has `decode_predictions`,
    which turns raw head maps into poses.
    """

    def track_losses(self, names):
        """Creates the metric that logs each part of the loss.

        Args:
            names: Iterable of strings, the keys of what `pose_loss` returns.
        """
        self.loss_trackers = [keras.metrics.Mean(name) for name in names]

    def compile(self, optimizer="rmsprop", metrics=None, **kwargs):
        """Prepares `fit` and `evaluate`.

        Args:
            optimizer: Keras optimizer, or its name.
            metrics: list of metrics of poses, such as `keras_drsi.OKS`. They
                get the targets, and what `predict` would give; every step
                decodes poses for them.
            **kwargs: see `keras.Model.compile`. The loss is built in.

        Raises:
            InputError: for metrics given by name.

        Example:

        >>> model.compile("adam", metrics=[keras_drsi.OKS()])
        """
        self._pose_metrics = PoseMetrics(metrics or ())
        super().compile(optimizer=optimizer, **kwargs)
        # TensorFlow traces the first step twice if it makes variables.
        self.optimizer.build(self.trainable_variables)
        synchronize_gradients(self.optimizer)

    def get_compile_config(self):
        config = super().get_compile_config()
        if self.compiled:
            config["metrics"] = self._pose_metrics.serialize()
        return config

    def compile_from_config(self, config):
        # Keras loads a model with its own `compile` without its optimizer.
        self.compile(**keras.saving.deserialize_keras_object(config))

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        parts = self.pose_loss(y, y_pred)
        for tracker in self.loss_trackers:
            tracker.update_state(parts[tracker.name])
        # Summed over the batch, as the learning rates of the recipe expect.
        batch_size = keras.ops.shape(y["count"])[0]
        batch_size = sum_over_replicas(keras.ops.cast(batch_size, "float32"))
        return scale_loss_for_replicas(sum(parts.values()) * batch_size)

    @property
    def metrics(self):
        own = list(self._pose_metrics) if self.compiled else []
        return super().metrics + own

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        if self._pose_metrics:
            # No gradient: PyTorch would keep the graph of the step.
            raw = keras.tree.map_structure(keras.ops.stop_gradient, y_pred)
            poses = self.decode_predictions(raw)
            self._pose_metrics.update_state(y, poses, sample_weight)
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, *args):
        outputs = super().predict_step(*args)
        if keras.backend.backend() == "jax":
            raw, state = outputs
            return self.decode_predictions(raw), state
        return self.decode_predictions(outputs)
