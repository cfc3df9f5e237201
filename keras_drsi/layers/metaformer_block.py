"""The transformer meta-architecture around any spatial mixing."""

import keras

from keras_drsi.layers.channel_norm import ChannelNorm
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.kernels.gelu import gelu


class MetaFormerBlock(ImageLayer):
    """LN, spatial mixing, residual; LN, MLP, residual (Fig. 4 b and c).

    Subclasses say what mixes: self-attention, gnConv or Res-gnConv.

    Args:
        mlp_ratio: widening of the MLP.
        layer_scale: initial value of a learned factor per channel on both
            branches, or None for no such factor.
        data_format: `"channels_last"` or `"channels_first"`.
    """

    def __init__(
        self, mlp_ratio=4, layer_scale=None, data_format=None, **kwargs
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.mlp_ratio = mlp_ratio
        self.layer_scale = layer_scale
        self.mixer_norm = ChannelNorm(name="mixer_norm", **self.plain_config)
        self.mlp_norm = ChannelNorm(name="mlp_norm", **self.plain_config)

    def build_mixer(self, input_shape):
        """Returns the built layer that mixes positions."""
        raise NotImplementedError

    def mix(self, x, training=None):
        return self.mixer.call(x, training)

    def build(self, input_shape):
        channels = input_shape[self.channel_axis]
        inner = self.mlp_ratio * channels
        self.mixer_norm.build(input_shape)
        self.mixer = self.build_mixer(input_shape)
        self.mlp_norm.build(input_shape)
        self.expand = self.conv(inner, use_bias=True, name="expand")
        self.expand.build(input_shape)
        self.project = self.conv(channels, use_bias=True, name="project")
        self.project.build(self.with_channels(input_shape, inner))
        if self.layer_scale is not None:
            self.mixer_scale = self._add_scale("mixer_scale", channels)
            self.mlp_scale = self._add_scale("mlp_scale", channels)

    def _add_scale(self, name, channels):
        shape = [1, 1, 1, 1]
        shape[self.channel_axis] = channels
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=keras.initializers.Constant(self.layer_scale),
        )

    def call(self, x, training=None):
        y = self.mix(self.mixer_norm.call(x), training)
        x = x + (y if self.layer_scale is None else y * self.mixer_scale)
        y = gelu(self.expand.call(self.mlp_norm.call(x)))
        y = self.project.call(y)
        return x + (y if self.layer_scale is None else y * self.mlp_scale)

    def get_config(self):
        return {
            **super().get_config(),
            "mlp_ratio": self.mlp_ratio,
            "layer_scale": self.layer_scale,
        }
