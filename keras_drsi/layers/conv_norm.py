"""A convolution and the batch norm behind it."""

import keras
from keras import ops

from keras_drsi.layers.batch_norm import BatchNorm
from keras_drsi.layers.depthwise_conv import DepthwiseConv


def convolve_and_norm(convolution, norm, x, training=None):
    """`norm(convolution(x))`.

    At inference, TensorFlow puts a batch norm that follows a convolution into
    the same oneDNN kernel, which then takes ten times as long for a single
    image on a CPU without AVX-512. There the norm's factor goes into the
    convolution's kernel, and its summand into a bias.

    Args:
        convolution: `Conv` or `DepthwiseConv`.
        norm: `BatchNorm`, or the empty place of a folded one.
        x: the map, in the layers' data format.
        training: whether the norm's moments are the batch's.
    """
    if not _inference_by_tensorflow(norm, training):
        return norm.call(convolution.call(x), training)
    factor, summand = norm.factor_and_summand()
    if convolution.use_bias:
        summand = summand + convolution.bias * factor
    if isinstance(convolution, DepthwiseConv):
        factor = factor[:, None]
    kernel = convolution.kernel * factor
    return convolution.convolve(
        x, *(ops.cast(w, x.dtype) for w in (kernel, summand))
    )


def _inference_by_tensorflow(norm, training):
    return (
        keras.backend.backend() == "tensorflow"
        and isinstance(norm, BatchNorm)
        and not norm.takes_moments(training)
    )
