"""Convolution with symmetric padding, by the fastest means of each backend."""

import keras
from keras import ops

from keras_drsi.layers.kernels.channel_bias import add_channel_bias
from keras_drsi.layers.kernels.torch_convolution import convolve_with_torch
from keras_drsi.layers.kernels.xla_cpu import runs_on_xla_cpu
from keras_drsi.layers.kernels.xla_cpu_conv import convolve_on_xla_cpu


def convolve(x, kernel, bias=None, stride=1, data_format="channels_last"):
    """Convolves a feature map padded by `k // 2` zeros on every side.

    Under PyTorch the kernel is called on a view of a channels-last map, which
    Keras would copy.

    Args:
        x: (B, H, W, C) tensor, or (B, C, H, W) with `channels_first`.
        kernel: (k, k, C, D) tensor with odd k.
        bias: (D,) tensor, or None.
        stride: 1 or 2.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        Tensor of shape (B, ceil(H / stride), ceil(W / stride), D), or
        (B, D, ceil(H / stride), ceil(W / stride)) with `channels_first`.
    """
    if keras.backend.backend() == "torch":
        return convolve_with_torch(x, kernel, bias, stride, data_format)
    if data_format == "channels_last" and runs_on_xla_cpu():
        x = convolve_on_xla_cpu(x, kernel, stride)
    else:
        x = _convolve(x, kernel, stride, data_format)
    return add_channel_bias(x, bias, data_format)


def _convolve(x, kernel, stride, data_format):
    # "same" pads symmetrically for a stride of 1 only.
    padding = "same"
    if stride != 1:
        x, padding = _pad(x, kernel.shape[0] // 2, data_format), "valid"
    return ops.conv(x, kernel, stride, padding, data_format=data_format)


def _pad(x, margin, data_format):
    spatial = [[margin, margin]] * 2
    if data_format == "channels_last":
        return ops.pad(x, [[0, 0], *spatial, [0, 0]])
    return ops.pad(x, [[0, 0], [0, 0], *spatial])
