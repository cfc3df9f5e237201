"""Convolution, batch norm, SiLU: the "Conv" of the paper's figures."""

import keras
from keras import ops

from keras_drsi.layers.conv_norm import convolve_and_norm
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class ConvBlock(ImageLayer):
    """Convolution without bias, batch norm, SiLU ("Conv", Sec. 3.1).

    Args:
        filters: number of output channels.
        kernel_size: odd side of the square kernel.
        strides: 1 or 2.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        (B, ceil(H / strides), ceil(W / strides), filters), or with channels
        first.

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
    """Depthwise convolution, batch norm, SiLU, as in the deep pose head.

    Args:
        kernel_size: odd side of the square kernel.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        That of the input.
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
