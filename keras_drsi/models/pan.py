"""Path aggregation networks: PAN, CBAM-PAN and ASI-PAN."""

import keras

from keras_drsi.errors import InputError
from keras_drsi.layers.c3 import C3
from keras_drsi.layers.cbam import CBAMConv
from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.spatial_interaction_conv import SpatialInteractionConv
from keras_drsi.levels import LEVEL_STRIDES


@keras.saving.register_keras_serializable(package="keras_drsi")
class PAN(ImageLayer):
    """Path aggregation network over P3 to P6.

    Top-down: each level is reduced by a 1x1 Conv, up-sampled, concatenated
    with the next finer one and merged by a plain C3. Bottom-up: a strided
    3x3 Conv leads back, concatenated with what the way down had reduced.

    Args:
        repeats: number of bottlenecks in each C3.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        Dict of maps, finest first ("P3" to "P6"), each half the size of the
        one before it.

    Output shape:
        That of the input.

    Reference:
        Liu et al., Path Aggregation Network, 2018; Sec. 3.5 of the paper.
    """

    def __init__(self, repeats=1, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.repeats = repeats
        self.upsample = keras.layers.UpSampling2D(
            2, interpolation="nearest", name="upsample", **self.plain_config
        )

    def make_lateral(self, filters, name):
        """The layer before each up-sampling."""
        return ConvBlock(filters, name=name, **self.shared_config)

    def make_downsample(self, filters, name):
        """The strided layer of the bottom-up path."""
        return ConvBlock(
            filters, kernel_size=3, strides=2, name=name, **self.shared_config
        )

    def _make_c3(self, filters, name):
        return C3(
            filters,
            self.repeats,
            block_config={"shortcut": False},
            name=name,
            **self.shared_config,
        )

    def build(self, input_shape):
        levels = tuple(LEVEL_STRIDES)
        shapes = [tuple(input_shape[level]) for level in levels]
        channels = [shape[self.channel_axis] for shape in shapes]
        self.laterals, self.top_down = [], []
        self.downsamples, self.bottom_up = [], []
        for i in reversed(range(len(shapes) - 1)):
            level = levels[i]
            lateral = self.make_lateral(channels[i], f"lateral_{level}")
            lateral.build(shapes[i + 1])
            c3 = self._make_c3(channels[i], f"top_down_{level}")
            c3.build(self.with_channels(shapes[i], 2 * channels[i]))
            self.laterals.append(lateral)
            self.top_down.append(c3)
        self.upsample.build(shapes[-1])
        for i in range(len(shapes) - 1):
            level = levels[i + 1]
            down = self.make_downsample(channels[i], f"downsample_{level}")
            down.build(shapes[i])
            c3 = self._make_c3(channels[i + 1], f"bottom_up_{level}")
            c3.build(self.with_channels(shapes[i + 1], 2 * channels[i]))
            self.downsamples.append(down)
            self.bottom_up.append(c3)

    def call(self, maps, training=None):
        *finer, x = [maps[level] for level in LEVEL_STRIDES]
        reduced = []
        for lateral, c3 in zip(self.laterals, self.top_down):
            x = lateral.call(x, training)
            reduced.append(x)
            x = self.concat([self.upsample.call(x), finer.pop()])
            x = c3.call(x, training)
        outputs = [x]
        for down, c3 in zip(self.downsamples, self.bottom_up):
            x = self.concat([down.call(x, training), reduced.pop()])
            x = c3.call(x, training)
            outputs.append(x)
        return dict(zip(LEVEL_STRIDES, outputs))

    def compute_output_shape(self, input_shape):
        return {level: tuple(input_shape[level]) for level in input_shape}

    def get_config(self):
        return {**super().get_config(), "repeats": self.repeats}


@keras.saving.register_keras_serializable(package="keras_drsi")
class CBAMPAN(PAN):
    """PAN whose 1x1 and strided Convs carry dual attention (Sec. 3.5.1).

    Args:
        repeats: number of bottlenecks in each C3.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        Dict of maps, finest first ("P3" to "P6"), each half the size of the
        one before it.

    Output shape:
        That of the input.
    """

    def make_lateral(self, filters, name):
        return CBAMConv(filters, name=name, **self.shared_config)

    def make_downsample(self, filters, name):
        return CBAMConv(
            filters, kernel_size=3, strides=2, name=name, **self.shared_config
        )


@keras.saving.register_keras_serializable(package="keras_drsi")
class ASIPAN(CBAMPAN):
    """CBAM-PAN with Res-gnConv in the top-down path (Sec. 3.5.2).

    Args:
        repeats: number of bottlenecks in each C3.
        order: order n of the Res-gnConv.
        residual_divisor: the λ of Eq. 5.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        Dict of maps, finest first ("P3" to "P6"), each half the size of the
        one before it.

    Output shape:
        That of the input.
    """

    def __init__(
        self,
        repeats=1,
        order=2,
        residual_divisor=2.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(repeats, data_format, **kwargs)
        self.order = order
        self.residual_divisor = residual_divisor

    def make_lateral(self, filters, name):
        return SpatialInteractionConv(
            filters,
            self.order,
            self.residual_divisor,
            name=name,
            **self.shared_config,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "order": self.order,
            "residual_divisor": self.residual_divisor,
        }


def make_neck(neck_type, repeats, interaction, shared):
    """The neck of that name.

    Args:
        neck_type: `"pan"`, `"cbam_pan"` or `"asi_pan"`.
        repeats: number of bottlenecks in each C3.
        interaction: dict of the arguments of an ASI-PAN's Res-gnConv.
        shared: dict of the arguments of every layer.

    Raises:
        InputError: for another name.
    """
    if neck_type == "pan":
        return PAN(repeats, name="neck", **shared)
    if neck_type == "cbam_pan":
        return CBAMPAN(repeats, name="neck", **shared)
    if neck_type == "asi_pan":
        return ASIPAN(repeats, name="neck", **interaction, **shared)
    raise InputError(
        f"neck_type must be one of pan, cbam_pan, asi_pan, got {neck_type!r}."
    )
