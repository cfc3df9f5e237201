"""Convolutional block attention module (CBAM)."""

import keras
from keras import ops

from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class ChannelAttention(ImageLayer):
    """Scales each channel by attention over its mean and maximum.

    ```python
    y = x * sigmoid(mlp(mean(x)) + mlp(max(x)))  # over H and W
    ```

    Args:
        reduction: Integer, ratio of the channels to the MLP's hidden
            channels. Defaults to `16`.
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

    def __init__(self, reduction=16, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.reduction = reduction

    @property
    def _spatial_axes(self):
        return (1, 2) if self.data_format == "channels_last" else (2, 3)

    def build(self, input_shape):
        channels = input_shape[self.channel_axis]
        hidden = max(channels // self.reduction, 1)
        shape = list(input_shape)
        for axis in self._spatial_axes:
            shape[axis] = 1
        self.squeeze = self.conv(hidden, name="squeeze")
        self.excite = self.conv(channels, name="excite")
        self.squeeze.build(tuple(shape))
        self.excite.build(self.with_channels(shape, hidden))

    def call(self, x):
        mean = ops.mean(x, axis=self._spatial_axes, keepdims=True)
        peak = ops.max(x, axis=self._spatial_axes, keepdims=True)
        return x * ops.sigmoid(self._shared_mlp(mean) + self._shared_mlp(peak))

    def _shared_mlp(self, x):
        return self.excite.call(ops.relu(self.squeeze.call(x)))

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}


@keras.saving.register_keras_serializable(package="keras_drsi")
class SpatialAttention(ImageLayer):
    """Scales each position by attention over channel mean and maximum.

    ```python
    y = x * sigmoid(conv(concat(mean(x), max(x))))  # over C
    ```

    Args:
        kernel_size: Odd integer, side of the kernel. Defaults to `7`.
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

    def __init__(self, kernel_size=7, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.kernel_size = kernel_size
        self.convolution = self.conv(1, kernel_size, name="conv")

    def build(self, input_shape):
        self.convolution.build(self.with_channels(input_shape, 2))

    def call(self, x):
        mean = ops.mean(x, axis=self.channel_axis, keepdims=True)
        peak = ops.max(x, axis=self.channel_axis, keepdims=True)
        weights = self.convolution.call(self.concat([mean, peak]))
        return x * ops.sigmoid(weights)

    def get_config(self):
        return {**super().get_config(), "kernel_size": self.kernel_size}


@keras.saving.register_keras_serializable(package="keras_drsi")
class CBAM(ImageLayer):
    """Channel attention followed by spatial attention.

    Args:
        reduction: Integer, see `ChannelAttention`. Defaults to `16`.
        kernel_size: Odd integer, see `SpatialAttention`. Defaults to `7`.
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
        - Woo et al., [CBAM](https://arxiv.org/abs/1807.06521), 2018
        - Wu and Wang, DRSI-Net, Sec. 3.5.1
    """

    def __init__(self, reduction=16, kernel_size=7, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.reduction = reduction
        self.kernel_size = kernel_size
        self.channel = ChannelAttention(
            reduction, name="channel", **self.shared_config
        )
        self.spatial = SpatialAttention(
            kernel_size, name="spatial", **self.shared_config
        )

    def build(self, input_shape):
        self.channel.build(input_shape)
        self.spatial.build(input_shape)

    def call(self, x):
        return self.spatial.call(self.channel.call(x))

    def get_config(self):
        return {
            **super().get_config(),
            "reduction": self.reduction,
            "kernel_size": self.kernel_size,
        }


@keras.saving.register_keras_serializable(package="keras_drsi")
class CBAMConv(ConvBlock):
    """Conv followed by CBAM ("1x1 CBAM" and "3x3 CBAM", Sec. 3.5.1).

    Args:
        filters: Integer, number of output channels.
        kernel_size: Odd integer, side of the square kernel.
        strides: Integer, 1 or 2. Defaults to `1`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

    Output shape:
        - With `channels_last`:
            `(B, ceil(H / strides), ceil(W / strides), filters)`.
        - With `channels_first`:
            `(B, filters, ceil(H / strides), ceil(W / strides))`.
    """

    def __init__(
        self, filters, kernel_size=1, strides=1, data_format=None, **kwargs
    ):
        super().__init__(filters, kernel_size, strides, data_format, **kwargs)
        self.attention = CBAM(name="attention", **self.shared_config)

    def build(self, input_shape):
        super().build(input_shape)
        self.attention.build(self.compute_output_shape(input_shape))

    def call(self, x, training=None):
        return self.attention.call(super().call(x, training))
