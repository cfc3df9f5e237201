"""Batch normalization with fused kernels."""

import keras
from keras import ops

from keras_drsi.distribution.replicas import mean_over_replicas, replica_count
from keras_drsi.layers.kernels.batch_normalization import normalize_batch


@keras.saving.register_keras_serializable(package="keras_drsi")
class BatchNorm(keras.layers.BatchNormalization):
    """Batch normalization layer that runs each framework's fused kernel.

    It has the weights and the outputs of
    `keras.layers.BatchNormalization`, with two additions:

    - When training on several devices, the statistics are those of the whole
      batch, see `keras_drsi.distribution.replicas`.
    - Statistics that are NaN or infinite do not enter the moving averages:
      one such batch would corrupt them for good.

    Args:
        axis: Integer, axis of the channels, -1 or 1. Defaults to `-1`.
        momentum: Float, momentum of the moving averages. Defaults to `0.97`,
            which PyTorch writes as 0.03.
        epsilon: Float, added to the variance. Defaults to `1e-3`.
        **kwargs: Arguments of `keras.layers.BatchNormalization`.

    Call arguments:
        inputs: Tensor of rank 4.
        training: Boolean, whether to normalize with the statistics of the
            batch and update the moving averages. A layer that is not
            `trainable` uses the moving averages.

    Input shape:
        `(B, H, W, C)`, or `(B, C, H, W)` with `axis=1`.

    Output shape:
        Same as the input.

    Reference:
        [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167)
    """

    def __init__(self, axis=-1, momentum=0.97, epsilon=1e-3, **kwargs):
        super().__init__(
            axis=axis, momentum=momentum, epsilon=epsilon, **kwargs
        )

    def uses_batch_statistics(self, training):
        """Whether the outputs are normalized by the batch's statistics."""
        return bool(training and self.trainable)

    def scale_and_shift(self):
        """The per-channel scale and shift that the layer is at inference.

        Returns:
            Tuple of two float32 tensors of shape `(C,)`.
        """
        # Arithmetic is faster on tensors than on variables.
        deviation = ops.sqrt(self.moving_variance.value + self.epsilon)
        scale = self.gamma.value / deviation
        return scale, self.beta.value - self.moving_mean.value * scale

    def call(self, inputs, training=None):
        training = self.uses_batch_statistics(training)
        if training and replica_count() > 1:
            outputs, mean, variance = self._normalize_over_replicas(inputs)
        else:
            outputs, mean, variance = normalize_batch(
                inputs,
                self.gamma.value,
                self.beta.value,
                None if training else self._moving_moments(),
                self.axis,
                self.epsilon,
            )
        if training:
            self._update(self.moving_mean, mean)
            self._update(self.moving_variance, variance)
        return outputs

    def _moving_moments(self):
        return self.moving_mean.value, self.moving_variance.value

    def _update(self, average, value):
        before = ops.convert_to_tensor(average)
        updated = before * self.momentum + value * (1.0 - self.momentum)
        average.assign(ops.where(ops.isfinite(updated), updated, before))

    def _normalize_over_replicas(self, x):
        x = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
        axes = (0, 2, 3) if self.axis == 1 else (0, 1, 2)
        batch_size = ops.shape(x)[0]
        mean = mean_over_replicas(ops.mean(x, axes, keepdims=True), batch_size)
        centered = x - mean
        variance = mean_over_replicas(
            ops.mean(ops.square(centered), axes, keepdims=True), batch_size
        )
        scale = ops.rsqrt(variance + self.epsilon)
        scale = scale * ops.reshape(self.gamma, mean.shape)
        outputs = centered * scale + ops.reshape(self.beta, mean.shape)
        mean, variance = (
            ops.reshape(ops.stop_gradient(statistic), (-1,))
            for statistic in (mean, variance)
        )
        return ops.cast(outputs, self.compute_dtype), mean, variance


@keras.saving.register_keras_serializable(package="keras_drsi")
class FoldedBatchNorm(keras.layers.Identity):
    """Placeholder left after folding a batch norm into a convolution."""

    def call(self, inputs, training=None):
        return inputs
