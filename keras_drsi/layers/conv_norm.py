"""A convolution and the batch norm behind it."""

import keras
from keras import ops

from keras_drsi.layers.batch_norm import BatchNorm
from keras_drsi.layers.depthwise_conv import DepthwiseConv


def convolve_and_norm(convolution, norm, x, training=None):
    """`norm(convolution(x))`.

    At inference the norm's factor goes into the convolution's kernel and its
    summand into a bias, which saves PyTorch a tenth of the time. TensorFlow
    would put the norm into the oneDNN kernel, which then takes ten times as
    long for a single image on a CPU without AVX-512. XLA needs no help.

    Args:
        convolution: `Conv` or `DepthwiseConv`.
        norm: `BatchNorm`, or the empty place of a folded one.
        x: the map, in the layers' data format.
        training: whether the norm's moments are the batch's.
    """
    if not _puts_norm_into_kernel(norm, training):
        return norm.call(convolution.call(x), training)
    factor, summand = norm.scale_and_shift()
    if convolution.use_bias:
        summand = summand + convolution.bias * factor
    if isinstance(convolution, DepthwiseConv):
        factor = factor[:, None]
    kernel = convolution.kernel * factor
    return convolution.convolve(
        x, *(ops.cast(w, x.dtype) for w in (kernel, summand))
    )


def _puts_norm_into_kernel(norm, training):
    return (
        keras.backend.backend() in ("tensorflow", "torch")
        and isinstance(norm, BatchNorm)
        and not norm.uses_batch_statistics(training)
    )
