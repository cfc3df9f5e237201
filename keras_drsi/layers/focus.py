"""Focus stem: space to depth, then a convolution."""

import keras

from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class Focus(ImageLayer):
    """Rearranges 2x2 blocks of pixels into channels, then applies a Conv.

    Args:
        filters: Integer, number of output channels.
        kernel_size: odd side of the convolution's kernel.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

        H and W must be even.

    Output shape:
        - With `channels_last`: `(B, H / 2, W / 2, filters)`.
        - With `channels_first`: `(B, filters, H / 2, W / 2)`.
    """

    def __init__(self, filters, kernel_size=3, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.convolution = ConvBlock(
            filters, kernel_size, name="conv", **self.shared_config
        )

    def _folded_shape(self, shape):
        shape = list(shape)
        first = 1 if self.data_format == "channels_last" else 2
        for axis in (first, first + 1):
            shape[axis] = shape[axis] and shape[axis] // 2
        return self.with_channels(shape, 4 * shape[self.channel_axis])

    def build(self, input_shape):
        self.convolution.build(self._folded_shape(input_shape))

    def call(self, x, training=None):
        # The order of the four corners is the YOLO family's.
        corners = ((0, 0), (1, 0), (0, 1), (1, 1))
        if self.data_format == "channels_last":
            parts = [x[:, top::2, left::2, :] for top, left in corners]
        else:
            parts = [x[:, :, top::2, left::2] for top, left in corners]
        return self.convolution.call(self.concat(parts), training)

    def compute_output_shape(self, input_shape):
        return self.with_channels(self._folded_shape(input_shape), self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
        }
