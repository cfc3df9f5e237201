"""Convolution with the same padding on every side, on every backend."""

import keras
from keras import ops

from keras_drsi.layers.fan_in_uniform import FanInUniform


@keras.saving.register_keras_serializable(package="keras_drsi")
class Conv(keras.layers.Conv2D):
    """Convolution that pads `kernel_size // 2` on every side.

    Keras' `"same"` pads a stride-2 convolution of an even map at the bottom
    and right only, so that weights trained elsewhere would not fit. Under
    PyTorch the kernel is called on a view of the map, where Keras copies it.

    Args:
        filters: number of output channels.
        kernel_size: odd side of the square kernel.
        strides: 1 or 2.
        use_bias: whether to add a bias per channel.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        (B, ceil(H / strides), ceil(W / strides), filters), or with channels
        first.
    """

    def __init__(
        self,
        filters,
        kernel_size=1,
        strides=1,
        use_bias=False,
        data_format=None,
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding="same",
            use_bias=use_bias,
            data_format=data_format,
            kernel_initializer=FanInUniform(),
            bias_initializer=bias_initializer,
            **kwargs,
        )

    def call(self, inputs):
        if keras.backend.backend() == "torch":
            return convolve_with_torch(self, inputs, (3, 2, 0, 1), groups=1)
        if self.strides == (1, 1):
            return super().call(inputs)
        margin = [[side // 2] * 2 for side in self.kernel_size]
        if self.data_format == "channels_last":
            margin = [[0, 0], *margin, [0, 0]]
        else:
            margin = [[0, 0], [0, 0], *margin]
        outputs = ops.conv(
            ops.pad(inputs, margin),
            self.kernel,
            strides=self.strides,
            padding="valid",
            data_format=self.data_format,
        )
        if self.use_bias:
            shape = (1, -1, 1, 1)
            if self.data_format == "channels_last":
                shape = (1, 1, 1, -1)
            outputs = outputs + ops.reshape(self.bias, shape)
        return outputs

    def get_config(self):
        return {
            **keras.layers.Layer.get_config(self),
            "filters": self.filters,
            "kernel_size": self.kernel_size[0],
            "strides": self.strides[0],
            "use_bias": self.use_bias,
            "data_format": self.data_format,
            "bias_initializer": keras.initializers.serialize(
                self.bias_initializer
            ),
        }


def convolve_with_torch(layer, x, kernel_order, groups):
    """Runs a layer's convolution by PyTorch, padded on every side.

    Args:
        layer: Keras convolution with `kernel`, `bias` and `strides`.
        x: the map, in the layer's data format.
        kernel_order: order of the kernel's axes that PyTorch expects.
        groups: number of groups of channels.
    """
    import torch

    channels_last = layer.data_format == "channels_last"
    if channels_last:
        # A view: PyTorch's kernels take this order of memory as it is.
        x = x.permute(0, 3, 1, 2)
    x = torch.nn.functional.conv2d(
        x,
        # Half precision on a CPU insists on this order in the gradient.
        layer.kernel.value.permute(*kernel_order).contiguous(),
        layer.bias.value if layer.use_bias else None,
        stride=layer.strides,
        padding=[side // 2 for side in layer.kernel_size],
        groups=groups,
    )
    return x.permute(0, 2, 3, 1) if channels_last else x
