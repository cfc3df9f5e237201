"""Lateral layer of ASI-PAN."""

import keras

from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.res_gnconv import ResGnConv


@keras.saving.register_keras_serializable(package="keras_drsi")
class SpatialInteractionConv(ImageLayer):
    """Lateral layer of ASI-PAN: 1x1 Conv, Res-gnConv, 1x1 Conv.

    It precedes each upsampling; the last Conv changes the channels.

    Args:
        filters: Integer, number of output channels.
        order: Integer, order n of the Res-gnConv. Defaults to `2`.
        residual_divisor: Float, λ in Eq. 5. Defaults to `2.0`.
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

    Reference:
        Wu and Wang, DRSI-Net, Sec. 3.5.2. This arrangement reproduces the
        GMACS of both ASI-PAN rows of Table 4.
    """

    def __init__(
        self,
        filters,
        order=2,
        residual_divisor=2.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.filters = filters
        self.order = order
        self.residual_divisor = residual_divisor
        self.interaction = ResGnConv(
            order,
            residual_divisor=residual_divisor,
            name="interaction",
            **self.shared_config,
        )
        self.reduce = ConvBlock(filters, name="reduce", **self.shared_config)

    def build(self, input_shape):
        self.mix = ConvBlock(
            input_shape[self.channel_axis], name="mix", **self.shared_config
        )
        self.mix.build(input_shape)
        self.interaction.build(input_shape)
        self.reduce.build(input_shape)

    def call(self, x, training=None):
        x = self.mix.call(x, training)
        x = self.interaction.call(x, training)
        return self.reduce.call(x, training)

    def compute_output_shape(self, input_shape):
        return self.with_channels(input_shape, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "order": self.order,
            "residual_divisor": self.residual_divisor,
        }
