"""The pre-activated inverted bottleneck of the DRSI block."""

import keras

from keras_drsi.layers.conv_norm import convolve_and_norm
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.kernels.gelu import gelu


@keras.saving.register_keras_serializable(package="keras_drsi")
class InvertedBottleneck(ImageLayer):
    """`I(x) = x + (C2 ∘ D)(C1(x))` (Eq. 7).

    - `C1`: batch norm, 1x1 convolution to `expansion` times the channels.
    - `D`: batch norm, GELU, 3x3 depthwise convolution.
    - `C2`: batch norm, GELU, 1x1 convolution back.

    Args:
        expansion: how many times wider the inner map is.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        That of the input.

    Reference:
        Eq. 7 of the paper. The expansion of 4 follows from its complexity
        tables.
    """

    def __init__(self, expansion=4, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.expansion = expansion
        self.expand_norm = self.batch_norm(name="expand_norm")
        self.depthwise_norm = self.batch_norm(name="depthwise_norm")
        self.depthwise = DepthwiseConv(
            3, use_bias=self.folded, name="depthwise", **self.plain_config
        )
        self.project_norm = self.batch_norm(name="project_norm")

    def build(self, input_shape):
        channels = input_shape[self.channel_axis]
        inner_shape = self.with_channels(input_shape, self.expansion * channels)
        self.expand = self.conv(
            self.expansion * channels, use_bias=self.folded, name="expand"
        )
        self.project = self.conv(channels, name="project")
        self.expand_norm.build(input_shape)
        self.expand.build(input_shape)
        self.depthwise_norm.build(inner_shape)
        self.depthwise.build(inner_shape)
        self.project_norm.build(inner_shape)
        self.project.build(inner_shape)

    @property
    def folds(self):
        return [
            ("expand", "expand_norm", "depthwise_norm"),
            ("depthwise", None, "project_norm"),
        ]

    def call(self, x, training=None):
        y = self.expand_norm.call(x, training)
        y = convolve_and_norm(self.expand, self.depthwise_norm, y, training)
        y = gelu(y)
        y = convolve_and_norm(self.depthwise, self.project_norm, y, training)
        return x + self.project.call(gelu(y))

    def get_config(self):
        return {**super().get_config(), "expansion": self.expansion}
