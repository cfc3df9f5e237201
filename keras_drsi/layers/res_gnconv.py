"""Recursive residual gated convolution (Res-gnConv)."""

import keras
from keras import ops

from keras_drsi.layers.conv_norm import convolve_and_norm
from keras_drsi.layers.gnconv import GnConv
from keras_drsi.layers.image_layer import ImageLayer


@keras.saving.register_keras_serializable(package="keras_drsi")
class ResGnConv(GnConv):
    """Recursive residual gated convolution of order n (Eqs. 3 to 6).

    A gnConv whose recursion has a residual connection, which keeps
    activations and gradients in range at high orders:

    ```python
    p = p_0
    for k in 0 .. n-2:
        p = (concat(p, f(q_k)) + g_{k+1}(f(q_k) * p)) / residual_divisor
    y = project(f(q_{n-1}) * p)
    ```

    Eq. 5 as printed adds a residual of `C_{k+1}` channels to a product of
    `C_k`. This is the reading in which every dimension of Eqs. 3, 4 and 6
    holds at every order; the last residual is omitted, as Fig. 3 says.

    Args:
        order: Integer n >= 1, number of spatial interactions. Defaults to
            `2`.
        kernel_size: Odd integer, side of the depthwise kernel. Defaults to
            `7`.
        residual_divisor: Float, λ in Eq. 5. The paper gives no value; the
            default `2.0` averages the two branches.
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

    Example:

    >>> ResGnConv(order=3)(keras.ops.ones((1, 16, 16, 32))).shape
    (1, 16, 16, 32)

    Reference:
        Wu and Wang, DRSI-Net, Sec. 3.2.
    """

    def __init__(
        self,
        order=2,
        kernel_size=7,
        residual_divisor=2.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(order, kernel_size, data_format, **kwargs)
        self.residual_divisor = residual_divisor

    def build_gates(self, input_shape):
        self.gates = []
        for k in range(1, self.order):
            gate = Gate(
                self.group_channels[k], name=f"gate_{k}", **self.shared_config
            )
            gate.build(
                self.with_channels(input_shape, self.group_channels[k - 1])
            )
            self.gates.append(gate)

    def interact(self, p, neighbors, training=None):
        *inner, last = neighbors
        for gate, neighbor in zip(self.gates, inner):
            residual = self.concat([p, neighbor])  # Eq. 4
            gated = gate.call(neighbor * p, training)
            p = (residual + gated) / self.residual_divisor
        return last * p

    def get_config(self):
        return {
            **super().get_config(),
            "residual_divisor": self.residual_divisor,
        }


@keras.saving.register_keras_serializable(package="keras_drsi")
class Gate(ImageLayer):
    """Gate `g_k = SiLU(BN(Linear(x)))` of the Res-gnConv (Eq. 6).

    Args:
        filters: Integer, number of output channels `C_k`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.
    """

    def __init__(self, filters, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.filters = filters
        self.linear = self.conv(filters, use_bias=True, name="linear")
        self.norm = self.batch_norm(name="norm")

    def build(self, input_shape):
        self.linear.build(input_shape)
        self.norm.build(self.compute_output_shape(input_shape))

    @property
    def folds(self):
        return [("linear", None, "norm")]

    def call(self, x, training=None):
        return ops.silu(convolve_and_norm(self.linear, self.norm, x, training))

    def compute_output_shape(self, input_shape):
        return self.with_channels(input_shape, self.filters)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}
