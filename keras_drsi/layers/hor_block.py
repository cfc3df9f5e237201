"""Hor and R-Hor blocks: gated convolutions in place of self-attention."""

import keras

from keras_drsi.layers.gnconv import GnConv
from keras_drsi.layers.metaformer_block import MetaFormerBlock
from keras_drsi.layers.res_gnconv import ResGnConv


@keras.saving.register_keras_serializable(package="keras_drsi")
class HorBlock(MetaFormerBlock):
    """HorNet block: MetaFormer block with gnConv (Fig. 4c; Table 3, row 2).

    Args:
        order: Integer, order n of the gnConv. Defaults to `2`.
        mlp_ratio: Integer, ratio of the MLP's hidden channels to the input's.
            Defaults to `4`.
        layer_scale: Float, initial value of HorNet's per-channel scale.
            Defaults to `1e-6`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        Same as the input.

    Reference:
        Rao et al., [HorNet](https://arxiv.org/abs/2207.14284), 2022
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
    """Hor block with Res-gnConv instead of gnConv (Table 3, row 3).

    Args:
        order: Integer, order n of the Res-gnConv. Defaults to `2`.
        mlp_ratio: Integer, ratio of the MLP's hidden channels to the input's.
            Defaults to `4`.
        layer_scale: Float, initial value of HorNet's per-channel scale.
            Defaults to `1e-6`.
        residual_divisor: Float, λ in Eq. 5. Defaults to `2.0`.
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
