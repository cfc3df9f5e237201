"""Convolution with the same padding on every side, on every backend."""

import keras
from keras import ops

from keras_drsi.layers.fan_in_uniform import FanInUniform
from keras_drsi.layers.kernels.xla_cpu import runs_on_xla_cpu
from keras_drsi.layers.kernels.xla_cpu_conv import convolve_on_xla_cpu


@keras.saving.register_keras_serializable(package="keras_drsi")
class Conv(keras.layers.Conv2D):
    """Convolution that pads `kernel_size // 2` on every side.

    Keras' `"same"` pads a stride-2 convolution of an even map at the bottom
    and right only, so that weights trained elsewhere would not fit. Under
    PyTorch the kernel is called on a view of the map, where Keras copies it.

    Args:
        filters: number of output channels.
        kernel_size: odd side of the square kernel.
        strides: 1 or 2.
        use_bias: whether to add a bias per channel.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        (B, ceil(H / strides), ceil(W / strides), filters), or with channels
        first.
    """

    def __init__(
        self,
        filters,
        kernel_size=1,
        strides=1,
        use_bias=False,
        data_format=None,
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding="same",
            use_bias=use_bias,
            data_format=data_format,
            kernel_initializer=FanInUniform(),
            bias_initializer=bias_initializer,
            **kwargs,
        )

    def call(self, inputs):
        return self.convolve(
            inputs,
            self.kernel.value,
            self.bias.value if self.use_bias else None,
        )

    def convolve(self, x, kernel, bias=None):
        """The layer's convolution by any numbers of the same shape."""
        if keras.backend.backend() == "torch":
            return convolve_with_torch(self, x, kernel, bias)
        if self.data_format == "channels_last" and runs_on_xla_cpu():
            x = convolve_on_xla_cpu(x, kernel, self.strides[0])
        else:
            x = self._convolve(x, kernel)
        return x if bias is None else add_to_channels(x, bias, self.data_format)

    def _convolve(self, x, kernel):
        # "same" pads as wanted only where nothing is left out.
        padding = "same"
        if self.strides != (1, 1):
            x, padding = self._with_margin(x), "valid"
        return ops.conv(
            x, kernel, self.strides, padding, data_format=self.data_format
        )

    def _with_margin(self, x):
        margin = [[side // 2] * 2 for side in self.kernel_size]
        if self.data_format == "channels_last":
            return ops.pad(x, [[0, 0], *margin, [0, 0]])
        return ops.pad(x, [[0, 0], [0, 0], *margin])

    def get_config(self):
        return {
            **keras.layers.Layer.get_config(self),
            "filters": self.filters,
            "kernel_size": self.kernel_size[0],
            "strides": self.strides[0],
            "use_bias": self.use_bias,
            "data_format": self.data_format,
            "bias_initializer": keras.initializers.serialize(
                self.bias_initializer
            ),
        }


def add_to_channels(x, bias, data_format):
    """`x + bias`, with one number for each channel of the map."""
    if data_format == "channels_first":
        return x + ops.reshape(bias, (1, -1, 1, 1))
    # Four axes: TensorFlow then knows it for a convolution's bias.
    return ops.add(x, ops.reshape(bias, (1, 1, 1, -1)))


def convolve_with_torch(layer, x, kernel, bias=None, groups=1):
    """Runs a layer's convolution by PyTorch, padded on every side.

    Args:
        layer: Keras convolution with `kernel_size` and `strides`.
        x: the map, in the layer's data format.
        kernel: PyTorch tensor in Keras' order.
        bias: one number per output channel, or None.
        groups: number of groups of channels, 1 or all of them.
    """
    import torch

    channels_last = layer.data_format == "channels_last"
    outputs = kernel.shape[-1] if groups == 1 else groups
    pointwise = layer.kernel_size == layer.strides == (1, 1)
    if channels_last and pointwise and groups == 1:
        # The same product, for which no kernel must be transposed.
        return torch.nn.functional.linear(x, kernel[0, 0].T, bias)
    if channels_last:
        # A view: PyTorch's kernels take this order of memory as it is.
        x = x.permute(0, 3, 1, 2)
    x = torch.nn.functional.conv2d(
        x,
        _in_torch_order(kernel, outputs),
        bias,
        stride=layer.strides,
        padding=[side // 2 for side in layer.kernel_size],
        groups=groups,
    )
    return x.permute(0, 2, 3, 1) if channels_last else x


def _in_torch_order(kernel, outputs):
    """(k, k, ...) to (outputs, ..., k, k).

    One transposition of a matrix, for which PyTorch has a fast kernel.
    """
    height, width = kernel.shape[:2]
    rows = kernel.reshape(-1, outputs).T.contiguous()
    return rows.reshape(outputs, height, width, -1).permute(0, 3, 1, 2)
