"""Spatial pyramid pooling."""

import keras

from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class SPP(ImageLayer):
    """Spatial pyramid pooling with windows of 3x3, 5x5 and 7x7.

    A 1x1 Conv halves the channels; the result and its three poolings are
    concatenated and fused by another 1x1 Conv.

    Args:
        filters: Integer, number of output channels.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        - With `channels_last`: `(B, H, W, filters)`.
        - With `channels_first`: `(B, filters, H, W)`.
    """

    def __init__(self, filters, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.filters = filters
        self.pool = keras.layers.MaxPooling2D(
            3, strides=1, padding="same", name="pool", **self.plain_config
        )
        self.fuse = ConvBlock(filters, name="fuse", **self.shared_config)

    def build(self, input_shape):
        channels = input_shape[self.channel_axis]
        self.reduce = ConvBlock(
            channels // 2, name="reduce", **self.shared_config
        )
        self.reduce.build(input_shape)
        self.pool.build(self.with_channels(input_shape, channels // 2))
        self.fuse.build(self.with_channels(input_shape, 4 * (channels // 2)))

    def call(self, x, training=None):
        x = self.reduce.call(x, training)
        # A maximum over 5x5 is a maximum over 3x3 of maxima over 3x3.
        pool3 = self.pool.call(x)
        pool5 = self.pool.call(pool3)
        pool7 = self.pool.call(pool5)
        return self.fuse.call(self.concat([x, pool3, pool5, pool7]), training)

    def compute_output_shape(self, input_shape):
        return self.with_channels(input_shape, self.filters)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}
