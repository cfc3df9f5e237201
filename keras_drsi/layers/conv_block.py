"""Convolution, batch norm and SiLU: "Conv" in the paper's figures."""

import keras
from keras import ops

from keras_drsi.layers.conv_norm import convolve_and_norm
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class ConvBlock(ImageLayer):
    """Convolution, batch norm and SiLU ("Conv", Sec. 3.1).

    Args:
        filters: Integer, number of output channels.
        kernel_size: Odd integer, side of the square kernel.
        strides: Integer, 1 or 2. Defaults to `1`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
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

    >>> ConvBlock(16, 3, strides=2)(keras.ops.ones((1, 64, 64, 3))).shape
    (1, 32, 32, 16)
    """

    def __init__(
        self, filters, kernel_size=1, strides=1, data_format=None, **kwargs
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.convolution = self.conv(
            filters,
            kernel_size,
            strides=strides,
            use_bias=self.folded,
            name="conv",
        )
        self.norm = self.batch_norm(name="norm")

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.norm.build(self.compute_output_shape(input_shape))

    @property
    def folds(self):
        return [("convolution", None, "norm")]

    def call(self, x, training=None):
        return ops.silu(
            convolve_and_norm(self.convolution, self.norm, x, training)
        )

    def compute_output_shape(self, input_shape):
        return tuple(self.convolution.compute_output_shape(input_shape))

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
        }


@keras.saving.register_keras_serializable(package="keras_drsi")
class DepthwiseConvBlock(ImageLayer):
    """Depthwise convolution, batch norm and SiLU, as in the deep pose head.

    Args:
        kernel_size: Odd integer, side of the square kernel.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        Same as the input.
    """

    def __init__(self, kernel_size=3, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.kernel_size = kernel_size
        self.convolution = DepthwiseConv(
            kernel_size,
            use_bias=self.folded,
            name="conv",
            **self.plain_config,
        )
        self.norm = self.batch_norm(name="norm")

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.norm.build(input_shape)

    @property
    def folds(self):
        return [("convolution", None, "norm")]

    def call(self, x, training=None):
        return ops.silu(
            convolve_and_norm(self.convolution, self.norm, x, training)
        )

    def get_config(self):
        return {**super().get_config(), "kernel_size": self.kernel_size}
