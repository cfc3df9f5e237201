"""Spatial pyramid pooling."""

import keras

from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class SPP(ImageLayer):
    """Maxima over 3x3, 5x5 and 7x7 windows beside the map itself.

    Args:
        filters: number of output channels.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        (B, H, W, filters), or with channels first.
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
