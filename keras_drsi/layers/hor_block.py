"""Hor and R-Hor blocks: gated convolutions in a transformer's place."""

import keras

from keras_drsi.layers.gnconv import GnConv
from keras_drsi.layers.metaformer_block import MetaFormerBlock
from keras_drsi.layers.res_gnconv import ResGnConv


@keras.saving.register_keras_serializable(package="keras_drsi")
class HorBlock(MetaFormerBlock):
    """gnConv in the transformer meta-architecture (Fig. 4c, Table 3 row 2).

    Args:
        order: order n of the gated convolution.
        mlp_ratio: widening of the MLP.
        layer_scale: initial value of HorNet's learned factor per channel.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        That of the input.

    Reference:
        Rao et al., HorNet, 2022.
    """

    def __init__(
        self,
        order=2,
        mlp_ratio=4,
        layer_scale=1e-6,
        data_format=None,
        **kwargs,
    ):
        super().__init__(mlp_ratio, layer_scale, data_format, **kwargs)
        self.order = order

    def build_mixer(self, input_shape):
        mixer = GnConv(self.order, name="mixer", **self.shared_config)
        mixer.build(input_shape)
        return mixer

    def get_config(self):
        return {**super().get_config(), "order": self.order}


@keras.saving.register_keras_serializable(package="keras_drsi")
class RHorBlock(HorBlock):
    """Res-gnConv in the Hor block's place of gnConv (Table 3 row 3).

    Args:
        order: order n of the Res-gnConv.
        mlp_ratio: widening of the MLP.
        layer_scale: initial value of HorNet's learned factor per channel.
        residual_divisor: the λ of Eq. 5.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        That of the input.
    """

    def __init__(
        self,
        order=2,
        mlp_ratio=4,
        layer_scale=1e-6,
        residual_divisor=2.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(order, mlp_ratio, layer_scale, data_format, **kwargs)
        self.residual_divisor = residual_divisor

    def build_mixer(self, input_shape):
        mixer = ResGnConv(
            self.order,
            residual_divisor=self.residual_divisor,
            name="mixer",
            **self.shared_config,
        )
        mixer.build(input_shape)
        return mixer

    def get_config(self):
        return {
            **super().get_config(),
            "residual_divisor": self.residual_divisor,
        }
