"""Residual bottleneck of the plain C3 module."""

import keras

from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class Bottleneck(ImageLayer):
    """1x1 Conv and 3x3 Conv with an optional residual connection.

    Args:
        shortcut: Boolean, whether to add the input to the output. Defaults to
            `True`.
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

    def __init__(self, shortcut=True, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.shortcut = shortcut

    def build(self, input_shape):
        channels = input_shape[self.channel_axis]
        self.pointwise = ConvBlock(
            channels, 1, name="pointwise", **self.shared_config
        )
        self.spatial = ConvBlock(
            channels, 3, name="spatial", **self.shared_config
        )
        self.pointwise.build(input_shape)
        self.spatial.build(input_shape)

    def call(self, x, training=None):
        y = self.pointwise.call(x, training)
        y = self.spatial.call(y, training)
        return x + y if self.shortcut else y

    def get_config(self):
        return {**super().get_config(), "shortcut": self.shortcut}
