"""The dual-residual spatial interaction block."""

import keras

from keras_drsi.layers.channel_norm import ChannelNorm
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.inverted_bottleneck import InvertedBottleneck
from keras_drsi.layers.res_gnconv import ResGnConv


@keras.saving.register_keras_serializable(package="keras_drsi")
class DRSIBlock(ImageLayer):
    """`y = I + ResGnConv(LN(I))`, `I` the inverted bottleneck (Eq. 8).

    Args:
        order: order n of the Res-gnConv.
        residual_divisor: the λ of Eq. 5.
        expansion: widening of the inverted bottleneck.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        That of the input.

    Reference:
        Sec. 3.3 of the paper.
    """

    def __init__(
        self,
        order=2,
        residual_divisor=2.0,
        expansion=4,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.order = order
        self.residual_divisor = residual_divisor
        self.expansion = expansion
        self.bottleneck = InvertedBottleneck(
            expansion, name="bottleneck", **self.shared_config
        )
        self.norm = ChannelNorm(name="norm", **self.plain_config)
        self.interaction = ResGnConv(
            order,
            residual_divisor=residual_divisor,
            name="interaction",
            **self.shared_config,
        )

    def build(self, input_shape):
        self.bottleneck.build(input_shape)
        self.norm.build(input_shape)
        self.interaction.build(input_shape)

    def call(self, x, training=None):
        x = self.bottleneck.call(x, training)
        return x + self.interaction.call(self.norm.call(x), training)

    def get_config(self):
        return {
            **super().get_config(),
            "order": self.order,
            "residual_divisor": self.residual_divisor,
            "expansion": self.expansion,
        }
