"""What stands before each up-sampling of ASI-PAN."""

import keras

from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.res_gnconv import ResGnConv


@keras.saving.register_keras_serializable(package="keras_drsi")
class SpatialInteractionConv(ImageLayer):
    """1x1 Conv, Res-gnConv, then the 1x1 Conv that changes the channels.

    Args:
        filters: number of output channels.
        order: order n of the Res-gnConv.
        residual_divisor: the λ of Eq. 5.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        (B, H, W, filters), or with channels first.

    Reference:
        Sec. 3.5.2 of the paper; the arrangement is the one that gives both
        ASI-PAN rows of Table 4.
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
