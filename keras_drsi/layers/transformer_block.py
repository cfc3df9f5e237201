"""Transformer block on feature maps."""

import keras
from keras import ops

from keras_drsi.layers.metaformer_block import MetaFormerBlock


@keras.saving.register_keras_serializable(package="keras_drsi")
class TransformerBlock(MetaFormerBlock):
    """Self-attention over all positions, then an MLP (Fig. 4b; Table 3, row 1).

    Memory grows with the square of the number of positions: the paper could
    not train it at 640 pixels.

    Args:
        head_size: Integer, channels per attention head. Defaults to `32`;
            inputs of fewer channels have one head.
        mlp_ratio: Integer, ratio of the MLP's hidden channels to the input's.
            Defaults to `4`.
        layer_scale: Float, initial value of a learned per-channel scale, or
            `None` for no scale, which is the default.
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
        Dosovitskiy et al.,
        [An image is worth 16x16 words](https://arxiv.org/abs/2010.11929), 2020
    """

    def __init__(
        self,
        head_size=32,
        mlp_ratio=4,
        layer_scale=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(mlp_ratio, layer_scale, data_format, **kwargs)
        self.head_size = head_size

    def build_mixer(self, input_shape):
        channels = input_shape[self.channel_axis]
        self.qkv = self.conv(3 * channels, use_bias=True, name="qkv")
        self.qkv.build(input_shape)
        mixer = self.conv(channels, use_bias=True, name="mixer")
        mixer.build(input_shape)
        return mixer

    def mix(self, x, training=None):
        return self.mixer.call(self._attend(self.qkv.call(x)))

    def _attend(self, qkv):
        """Multi-head attention, (B, H, W, 3C) to (B, H, W, C)."""
        if self.data_format == "channels_first":
            qkv = ops.transpose(qkv, (0, 2, 3, 1))
        _, height, width, channels = ops.shape(qkv)
        channels //= 3
        heads = max(channels // self.head_size, 1)
        query, key, value = (
            ops.reshape(
                qkv[..., start : start + channels],
                (-1, height * width, heads, channels // heads),
            )
            for start in (0, channels, 2 * channels)
        )
        x = ops.dot_product_attention(query, key, value)
        x = ops.reshape(x, (-1, height, width, channels))
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 3, 1, 2))
        return x

    def get_config(self):
        return {**super().get_config(), "head_size": self.head_size}
