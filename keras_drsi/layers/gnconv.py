"""Recursive gated convolution (gnConv)."""

import keras

from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class GnConv(ImageLayer):
    """Recursive gated convolution of order n, gnConv (Eq. 2).

    The input is projected to 2C channels and split into `p_0` and the
    neighbor features `q_0 .. q_{n-1}` of `C_0 .. C_{n-1}` channels, where
    `C_k = C / 2^(n-1-k)`. The neighbors pass a depthwise convolution f, and
    each gates the recursion:

    ```python
    p = p_0 * f(q_0)
    for k in 1 .. n-1:
        p = g_k(p) * f(q_k)     # g_k: 1x1 from C_{k-1} to C_k
    y = project(p)
    ```

    Args:
        order: Integer n >= 1, number of spatial interactions. Defaults to
            `2`.
        kernel_size: Odd integer, side of the depthwise kernel. Defaults to
            `7`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        - With `channels_last`: `(B, H, W, C)`.
        - With `channels_first`: `(B, C, H, W)`.

        C must be divisible by `2 ** (order - 1)`.

    Output shape:
        Same as the input.

    Raises:
        ValueError: If `order` is less than 1 or does not divide the channels.

    Reference:
        - Rao et al., [HorNet](https://arxiv.org/abs/2207.14284), 2022
        - Wu and Wang, DRSI-Net, Eq. 2
    """

    def __init__(self, order=2, kernel_size=7, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        if order < 1:
            raise ValueError(f"order must be at least 1, got {order}.")
        self.order = order
        self.kernel_size = kernel_size
        self.depthwise = DepthwiseConv(
            kernel_size, use_bias=True, name="depthwise", **self.plain_config
        )

    def build(self, input_shape):
        channels = input_shape[self.channel_axis]
        self.group_channels = split_channels(channels, self.order)
        self.project_in = self.conv(
            2 * channels, use_bias=True, name="project_in"
        )
        self.project_in.build(input_shape)
        self.depthwise.build(
            self.with_channels(input_shape, sum(self.group_channels))
        )
        self.build_gates(input_shape)
        self.project_out = self.conv(
            channels, use_bias=True, name="project_out"
        )
        self.project_out.build(input_shape)

    def build_gates(self, input_shape):
        """Creates and builds `g_1 .. g_{n-1}`."""
        self.gates = []
        for k in range(1, self.order):
            gate = self.conv(
                self.group_channels[k], use_bias=True, name=f"gate_{k}"
            )
            gate.build(
                self.with_channels(input_shape, self.group_channels[k - 1])
            )
            self.gates.append(gate)

    def call(self, x, training=None):
        p, neighbors = self.project_and_split(x)
        return self.project_out.call(self.interact(p, neighbors, training))

    def project_and_split(self, x):
        """Returns `p_0` and the list `f(q_0) .. f(q_{n-1})` (Eq. 3)."""
        groups = self.group_channels
        p, q = self.split(self.project_in.call(x), [groups[0], sum(groups)])
        return p, self.split(self.depthwise.call(q), groups)

    def interact(self, p, neighbors, training=None):
        p = p * neighbors[0]
        for gate, neighbor in zip(self.gates, neighbors[1:]):
            p = gate.call(p) * neighbor
        return p

    def get_config(self):
        return {
            **super().get_config(),
            "order": self.order,
            "kernel_size": self.kernel_size,
        }


def split_channels(channels, order):
    """`C_k = C / 2^(n-1-k)` for k = 0 .. n-1.

    Eq. 3 prints another factor of 2, with which the groups would not add up
    to the 2C channels it states.
    """
    if channels % 2 ** (order - 1):
        raise ValueError(
            f"order {order} needs channels divisible by {2 ** (order - 1)}, "
            f"got {channels}."
        )
    return [channels // 2 ** (order - 1 - k) for k in range(order)]
