"""Batch normalisation by each framework's fused kernel."""

import keras
from keras import ops

from keras_drsi.distribution.replicas import mean_over_replicas, replica_count


@keras.saving.register_keras_serializable(package="keras_drsi")
class BatchNorm(keras.layers.BatchNormalization):
    """Keras' batch normalisation, computed in one pass over the map.

    Keras writes it as separate reductions, subtractions and products, which
    XLA fuses under JAX; under TensorFlow and PyTorch this layer calls the
    fused kernels. Weights and results are those of Keras' layer: in
    particular the variance is that of the batch, without the correction
    n / (n - 1) that the kernels apply to moving averages.

    In a training on several devices the statistics are those of the whole
    batch, see `keras_drsi.distribution.replicas`.

    A batch with a NaN or an infinity does not enter the moving averages: what
    it would spoil in one step could not be repaired by any later one.

    Args:
        axis: axis of the channels, -1 or 1.
        momentum: of the moving averages. PyTorch's 0.03 is 0.97 here.
        epsilon: added to the variance.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `axis=1`.

    Output shape:
        That of the input.
    """

    def __init__(self, axis=-1, momentum=0.97, epsilon=1e-3, **kwargs):
        super().__init__(
            axis=axis, momentum=momentum, epsilon=epsilon, **kwargs
        )

    def uses_batch_statistics(self, training):
        """Whether the moments are those of the batch."""
        return bool(training and self.trainable)

    def scale_and_shift(self):
        """What the norm does to each channel with its moving averages.

        Returns:
            two (C,) tensors, float32.
        """
        # The arithmetic of tensors is faster than that of variables.
        deviation = ops.sqrt(self.moving_variance.value + self.epsilon)
        factor = self.gamma.value / deviation
        return factor, self.beta.value - self.moving_mean.value * factor

    def call(self, inputs, training=None):
        training = self.uses_batch_statistics(training)
        backend = keras.backend.backend()
        if training and replica_count() > 1:
            outputs, mean, variance = self._of_all_replicas(inputs)
        elif backend == "tensorflow" and self._has_tensorflow_kernel():
            outputs, mean, variance = self._tensorflow(inputs, training)
        elif backend == "torch":
            outputs, mean, variance = self._torch(inputs, training)
        else:
            outputs, mean, variance = self._keras(inputs, training)
        if training:
            self._update(self.moving_mean, mean)
            self._update(self.moving_variance, variance)
        return outputs

    def _has_tensorflow_kernel(self):
        return self.axis in (-1, 3) and self.compute_dtype != "float64"

    def _update(self, average, value):
        before = ops.convert_to_tensor(average)
        updated = before * self.momentum + value * (1.0 - self.momentum)
        average.assign(ops.where(ops.isfinite(updated), updated, before))

    def _keras(self, x, training):
        x = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
        if training:
            mean, variance = ops.moments(x, self._reduction_axes)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        outputs = ops.batch_normalization(
            x,
            mean,
            variance,
            self.axis,
            offset=self.beta,
            scale=self.gamma,
            epsilon=self.epsilon,
        )
        return ops.cast(outputs, self.compute_dtype), mean, variance

    def _of_all_replicas(self, x):
        x = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
        axes = self._reduction_axes
        pictures = ops.shape(x)[0]
        mean = mean_over_replicas(ops.mean(x, axes, keepdims=True), pictures)
        centered = x - mean
        variance = mean_over_replicas(
            ops.mean(ops.square(centered), axes, keepdims=True), pictures
        )
        factor = ops.rsqrt(variance + self.epsilon)
        factor = factor * ops.reshape(self.gamma, mean.shape)
        outputs = centered * factor + ops.reshape(self.beta, mean.shape)
        mean, variance = (
            ops.reshape(ops.stop_gradient(statistic), (-1,))
            for statistic in (mean, variance)
        )
        return ops.cast(outputs, self.compute_dtype), mean, variance

    def _tensorflow(self, x, training):
        import tensorflow as tf

        moments = {}
        if not training:
            moments = {
                "mean": tf.convert_to_tensor(self.moving_mean),
                "variance": tf.convert_to_tensor(self.moving_variance),
            }
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            x,
            tf.convert_to_tensor(self.gamma),
            tf.convert_to_tensor(self.beta),
            epsilon=self.epsilon,
            is_training=training,
            **moments,
        )
        if training:
            count = tf.cast(tf.reduce_prod(tf.shape(x)[:-1]), variance.dtype)
            variance = variance * ((count - 1) / count)
        return outputs, mean, variance

    def _torch(self, x, training):
        import torch

        channels_last = self.axis != 1
        if channels_last:
            # A view: the kernel takes this order of memory as it is.
            x = x.permute(0, 3, 1, 2)
        outputs, mean, inverse_deviation = torch.native_batch_norm(
            x,
            self.gamma.value,
            self.beta.value,
            None if training else self.moving_mean.value,
            None if training else self.moving_variance.value,
            training,
            0.0,
            self.epsilon,
        )
        if channels_last:
            outputs = outputs.permute(0, 2, 3, 1)
        variance = None
        if training:
            mean = mean.detach()
            variance = inverse_deviation.detach() ** -2 - self.epsilon
        return outputs, mean, variance


@keras.saving.register_keras_serializable(package="keras_drsi")
class FoldedBatchNorm(keras.layers.Identity):
    """The empty place of a batch norm that became part of a convolution."""

    def call(self, inputs, training=None):
        return inputs
