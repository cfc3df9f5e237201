"""Depthwise 2D convolution that is fast on every backend."""

import keras

from keras_drsi.layers.fan_in_uniform import FanInUniform
from keras_drsi.layers.kernels.depthwise_convolution import convolve_depthwise


@keras.saving.register_keras_serializable(package="keras_drsi")
class DepthwiseConv(keras.layers.DepthwiseConv2D):
    """Depthwise 2D convolution of stride 1 that keeps the spatial size.

    Args:
        kernel_size: Odd integer, side of the square kernel.
        use_bias: Boolean, whether to add a bias. Defaults to `False`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        Same as the input.

    Raises:
        ValueError: If `kernel_size` is not an odd integer.

    Example:

    >>> DepthwiseConv(7)(keras.ops.ones((1, 16, 16, 32))).shape
    (1, 16, 16, 32)
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
        bias = self.bias.value if self.use_bias else None
        return self.convolve(inputs, self.kernel.value, bias)

    def convolve(self, x, kernel, bias=None):
        """Applies the convolution with a given kernel and bias."""
        return convolve_depthwise(x, kernel, bias, self.data_format)

    def get_config(self):
        return {
            **keras.layers.Layer.get_config(self),
            "kernel_size": self.kernel_size[0],
            "use_bias": self.use_bias,
            "data_format": self.data_format,
        }
