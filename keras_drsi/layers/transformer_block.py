"""The transformer block over all positions of a map."""

import keras
from keras import ops

from keras_drsi.layers.mixer_block import MixerBlock


@keras.saving.register_keras_serializable(package="keras_drsi")
class TransformerBlock(MixerBlock):
    """Self-attention over all positions, then an MLP (Fig. 4b, Table 3 row 1).

    Its memory grows with the square of the number of positions: the paper
    could not train it at 640 pixels.

    Args:
        head_size: channels per attention head; fewer channels make one head.
        mlp_ratio: widening of the MLP.
        layer_scale: initial value of a learned factor per channel, or None.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        That of the input.

    Reference:
        Dosovitskiy et al., An image is worth 16x16 words, 2020.
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
        heads = max(channels // self.head_size, 1)
        attention = keras.layers.MultiHeadAttention(
            heads, channels // heads, name="mixer", dtype=self.dtype_policy
        )
        positions = (input_shape[0], None, channels)
        attention.build(positions, positions)
        return attention

    def mix(self, x):
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 2, 3, 1))
        shape = ops.shape(x)
        x = ops.reshape(x, (shape[0], shape[1] * shape[2], shape[3]))
        x = ops.reshape(self.mixer(x, x), shape)
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 3, 1, 2))
        return x

    def get_config(self):
        return {**super().get_config(), "head_size": self.head_size}
