"""A convolution followed by a batch norm."""

from keras import ops

from keras_drsi.layers.batch_norm import BatchNorm
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.kernels.norm_folding import folding_pays


def convolve_and_norm(convolution, norm, x, training=None):
    """Computes `norm(convolution(x))`.

    At inference a batch norm is a per-channel scale and shift: the scale is
    multiplied into the kernel and the shift becomes a bias, where that is
    faster.

    Args:
        convolution: `Conv` or `DepthwiseConv`.
        norm: `BatchNorm`, or the `FoldedBatchNorm` in its place.
        x: Feature map in the layers' data format.
        training: Boolean, see `BatchNorm`.

    Returns:
        Feature map.
    """
    if not _folds(norm, training):
        return norm.call(convolution.call(x), training)
    scale, shift = norm.scale_and_shift()
    if convolution.use_bias:
        shift = shift + convolution.bias * scale
    if isinstance(convolution, DepthwiseConv):
        scale = scale[:, None]
    kernel = convolution.kernel * scale
    return convolution.convolve(
        x, *(ops.cast(weight, x.dtype) for weight in (kernel, shift))
    )


def _folds(norm, training):
    return (
        folding_pays()
        and isinstance(norm, BatchNorm)
        and not norm.uses_batch_statistics(training)
    )
