"""2D convolution with symmetric padding on every backend."""

import keras

from keras_drsi.layers.fan_in_uniform import FanInUniform
from keras_drsi.layers.kernels.convolution import convolve


@keras.saving.register_keras_serializable(package="keras_drsi")
class Conv(keras.layers.Conv2D):
    """2D convolution layer that pads `kernel_size // 2` on every side.

    With a stride of 2, Keras' `padding="same"` pads a map of even size at the
    bottom and right only. Symmetric padding is what pretrained YOLO weights
    expect.

    Args:
        filters: Integer, number of output channels.
        kernel_size: Odd integer, side of the square kernel. Defaults to `1`.
        strides: Integer, 1 or 2. Defaults to `1`.
        use_bias: Boolean, whether to add a bias. Defaults to `False`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        bias_initializer: Initializer of the bias. Defaults to `"zeros"`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        - With `channels_last`:
            `(B, ceil(H / strides), ceil(W / strides), filters)`.
        - With `channels_first`:
            `(B, filters, ceil(H / strides), ceil(W / strides))`.

    Example:

    >>> Conv(16, 3, strides=2)(keras.ops.ones((1, 64, 64, 3))).shape
    (1, 32, 32, 16)
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
        bias = self.bias.value if self.use_bias else None
        return self.convolve(inputs, self.kernel.value, bias)

    def convolve(self, x, kernel, bias=None):
        """Applies the convolution with a given kernel and bias."""
        return convolve(x, kernel, bias, self.strides[0], self.data_format)

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
