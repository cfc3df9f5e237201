"""Layer normalization over the channels of each position."""

import keras


@keras.saving.register_keras_serializable(package="keras_drsi")
class ChannelNorm(keras.layers.LayerNormalization):
    """Layer normalization over the channels of each position (LN in Eq. 8).

    Args:
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        epsilon: Float, added to the variance. Defaults to `1e-6`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        Same as the input.
    """

    def __init__(self, data_format=None, epsilon=1e-6, **kwargs):
        super().__init__(axis=-1, epsilon=epsilon, **kwargs)
        self.data_format = data_format or keras.config.image_data_format()

    def build(self, input_shape):
        if self.data_format == "channels_first":
            batch, channels, height, width = input_shape
            input_shape = (batch, height, width, channels)
        super().build(input_shape)

    def call(self, inputs):
        if self.data_format == "channels_last":
            return super().call(inputs)
        # Keras' own axis=1 does not run on PyTorch.
        x = keras.ops.transpose(inputs, (0, 2, 3, 1))
        return keras.ops.transpose(super().call(x), (0, 3, 1, 2))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        config = super().get_config()
        del config["axis"]
        return {**config, "data_format": self.data_format}
