"""Dual-residual spatial interaction (DRSI) block."""

import keras

from keras_drsi.layers.channel_norm import ChannelNorm
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.inverted_bottleneck import InvertedBottleneck
from keras_drsi.layers.res_gnconv import ResGnConv


@keras.saving.register_keras_serializable(package="keras_drsi")
class DRSIBlock(ImageLayer):
    """Dual-residual spatial interaction block (Eq. 8).

    ```python
    z = InvertedBottleneck(x)
    y = z + ResGnConv(LN(z))
    ```

    Args:
        order: Integer, order n of the Res-gnConv. Defaults to `2`.
        residual_divisor: Float, λ in Eq. 5. Defaults to `2.0`.
        expansion: Integer, see `InvertedBottleneck`. Defaults to `4`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        Same as the input.

    Example:

    >>> DRSIBlock(order=3)(keras.ops.ones((1, 16, 16, 32))).shape
    (1, 16, 16, 32)

    Reference:
        Wu and Wang, DRSI-Net, Sec. 3.3.
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
