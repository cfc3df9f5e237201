"""Depthwise convolution that is fast on every backend."""

import keras
from keras import ops

from keras_drsi.layers.conv import add_to_channels, convolve_with_torch
from keras_drsi.layers.fan_in_uniform import FanInUniform
from keras_drsi.layers.kernels.xla_cpu import runs_on_xla_cpu
from keras_drsi.layers.kernels.xla_cpu_depthwise import (
    convolve_depthwise_on_xla_cpu,
)


@keras.saving.register_keras_serializable(package="keras_drsi")
class DepthwiseConv(keras.layers.DepthwiseConv2D):
    """Depthwise convolution of stride 1 that keeps the size of the map.

    XLA runs depthwise convolutions on a CPU 20 to 50 times slower than the
    same sum written as shifted multiply-adds; there this layer writes the
    sum, elsewhere it calls the library. Both give the same numbers.

    Args:
        kernel_size: odd integer, the side of the square kernel.
        use_bias: whether to add a bias per channel.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        That of the input.
    """

    def __init__(self, kernel_size, use_bias=False, data_format=None, **kwargs):
        if not isinstance(kernel_size, int) or kernel_size % 2 == 0:
            raise ValueError(
                f"kernel_size must be an odd integer, got {kernel_size!r}."
            )
        super().__init__(
            kernel_size,
            padding="same",
            use_bias=use_bias,
            data_format=data_format,
            depthwise_initializer=FanInUniform(fan_in_axes=(0, 1)),
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
            return convolve_with_torch(
                self, x, kernel, bias, groups=kernel.shape[2]
            )
        if runs_on_xla_cpu():
            x = self._shifted_sum(x, kernel)
        else:
            x = ops.depthwise_conv(
                x, kernel, padding="same", data_format=self.data_format
            )
        return x if bias is None else add_to_channels(x, bias, self.data_format)

    def _shifted_sum(self, x, kernel):
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 2, 3, 1))
        x = convolve_depthwise_on_xla_cpu(x, kernel[..., 0])
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 3, 1, 2))
        return x

    def get_config(self):
        layer_config = keras.layers.Layer.get_config(self)
        return {
            **layer_config,
            "kernel_size": self.kernel_size[0],
            "use_bias": self.use_bias,
            "data_format": self.data_format,
        }
