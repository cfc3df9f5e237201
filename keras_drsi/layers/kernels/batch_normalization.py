"""Batch normalization by each framework's fused kernel."""

import keras
from keras import ops


def normalize_batch(x, gamma, beta, moments, axis, epsilon):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`.

    The variance of a batch is the biased one, without the correction
    n / (n - 1) that the frameworks' kernels apply to moving averages.

    Args:
        x: tensor of rank 4.
        gamma: (C,) scale.
        beta: (C,) offset.
        moments: (mean, variance), each (C,), or None for those of the batch.
        axis: axis of the channels, -1, 3 or 1.
        epsilon: added to the variance.

    Returns:
        Tuple of the output, in the dtype of `x`, and the mean and variance it
        was normalized with.
    """
    backend = keras.backend.backend()
    if backend == "torch":
        return _with_torch(x, gamma, beta, moments, axis, epsilon)
    if backend == "tensorflow" and axis in (-1, 3) and x.dtype != "float64":
        return _with_tensorflow(x, gamma, beta, moments, epsilon)
    return _with_keras(x, gamma, beta, moments, axis, epsilon)


def _with_keras(x, gamma, beta, moments, axis, epsilon):
    dtype = x.dtype
    x = ops.cast(x, keras.backend.result_type(dtype, "float32"))
    if moments is None:
        channel_axis = axis % len(x.shape)
        moments = ops.moments(
            x, [each for each in range(len(x.shape)) if each != channel_axis]
        )
    outputs = ops.batch_normalization(
        x, *moments, axis, offset=beta, scale=gamma, epsilon=epsilon
    )
    return ops.cast(outputs, dtype), *moments


def _with_tensorflow(x, gamma, beta, moments, epsilon):
    import tensorflow as tf

    given = {}
    if moments is not None:
        given = dict(
            zip(("mean", "variance"), map(tf.convert_to_tensor, moments))
        )
    outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        x,
        tf.convert_to_tensor(gamma),
        tf.convert_to_tensor(beta),
        epsilon=epsilon,
        is_training=moments is None,
        **given,
    )
    if moments is None:
        count = tf.cast(tf.reduce_prod(tf.shape(x)[:-1]), variance.dtype)
        variance = variance * ((count - 1) / count)
    return outputs, mean, variance


def _with_torch(x, gamma, beta, moments, axis, epsilon):
    import torch

    channels_last = axis != 1
    if channels_last:
        # A view: the kernel accepts this memory format as it is.
        x = x.permute(0, 3, 1, 2)
    outputs, mean, inverse_deviation = torch.native_batch_norm(
        x,
        gamma,
        beta,
        *(moments or (None, None)),
        moments is None,
        0.0,
        epsilon,
    )
    if channels_last:
        outputs = outputs.permute(0, 2, 3, 1)
    if moments is None:
        variance = inverse_deviation.detach() ** -2 - epsilon
        moments = mean.detach(), variance
    return outputs, *moments
