"""The backbone: CSDR-Net, or CSPDarknet53 with another block."""

import math

import keras

from keras_drsi.errors import InputError
from keras_drsi.layers.c3 import C3
from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.focus import Focus
from keras_drsi.layers.spp import SPP
from keras_drsi.levels import LEVEL_STRIDES

COARSEST_STRIDE = max(LEVEL_STRIDES.values())

STEM_CHANNELS = 64
STAGE_CHANNELS = (128, 256, 512, 768)
STAGE_BLOCKS = (3, 9, 9, 3)
LAST_CHANNELS = 1024
LAST_BLOCKS = 3


def scale_channels(channels, width):
    """`channels * width`, rounded up to a multiple of 8."""
    return math.ceil(round(channels * width / 8, 6)) * 8


def scale_repeats(repeats, depth):
    """`repeats * depth`, rounded, and at least 1."""
    return max(round(repeats * depth), 1)


def check_image_size(height, width):
    """Raises unless both are multiples of the coarsest stride."""
    for size in (height, width):
        if size <= 0 or size % COARSEST_STRIDE:
            raise InputError(
                f"input size must be a positive multiple of {COARSEST_STRIDE}, "
                f"got {height} x {width}."
            )


def images_of_any_size(image_shape, data_format):
    """`InputSpec` that leaves height and width open.

    Keras binds a functional model to the size it was built for; the layers
    within take any.
    """
    if data_format == "channels_last":
        return keras.layers.InputSpec(shape=(None, None, None, image_shape[2]))
    return keras.layers.InputSpec(shape=(None, image_shape[0], None, None))


@keras.saving.register_keras_serializable(package="keras_drsi")
class CSDRNet(keras.Model):
    """Backbone of five stages (Fig. 5): images to maps P3 to P6.

    Focus stem; four stages of a strided 3x3 Conv and a cross-stage module;
    a fifth of a strided Conv, SPP and a plain C3. With `block="drsi"` it is
    the paper's CSDR-Net, with `block="bottleneck"` CSPDarknet53.

    Args:
        width: factor on the channels 64, 128, 256, 512, 768, 1024.
        depth: factor on the numbers of blocks 3, 9, 9, 3, 3.
        block: block of the cross-stage modules, see `C3`.
        block_config: arguments of the block, for example `{"order": 3}`.
        remat: see `C3`; of the stages with `block`.
        image_shape: shape of one image, sides multiples of 64.
        data_format: `"channels_last"` or `"channels_first"`.
        fused: see `ImageLayer`.
        dtype: precision, for example `"mixed_bfloat16"`.

    Attributes:
        pyramid_level_inputs: dict of "P3" to "P6" and the name of the layer
            that ends the level.

    Input shape:
        (B, *image_shape), or other sides that are multiples of 64; floating
        point values in 0..1.

    Output shape:
        Dict of "P3" to "P6", maps of strides 8, 16, 32 and 64 with 256, 512,
        768 and 1024 times `width` channels.

    Example:

    >>> backbone = CSDRNet(0.25, 0.33, image_shape=(128, 128, 3))
    >>> backbone(keras.ops.ones((1, 128, 128, 3)))["P3"].shape
    (1, 16, 16, 64)

    Reference:
        Sec. 3.1 and Fig. 5 of the paper.
    """

    def __init__(
        self,
        width=1.0,
        depth=1.0,
        block="drsi",
        block_config=None,
        remat=False,
        image_shape=(640, 640, 3),
        data_format=None,
        fused=False,
        dtype=None,
        **kwargs,
    ):
        dtype = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        data_format = data_format or keras.config.image_data_format()
        image_shape = tuple(image_shape)
        if data_format == "channels_last":
            check_image_size(*image_shape[:2])
        else:
            check_image_size(*image_shape[1:])

        # === Layers ===
        shared = {"data_format": data_format, "fused": fused, "dtype": dtype}
        stem = Focus(
            scale_channels(STEM_CHANNELS, width), name="stem", **shared
        )
        stages = [
            (
                ConvBlock(
                    scale_channels(channels, width),
                    kernel_size=3,
                    strides=2,
                    name=f"stage_{index}_down",
                    **shared,
                ),
                C3(
                    scale_channels(channels, width),
                    scale_repeats(repeats, depth),
                    block,
                    block_config,
                    remat,
                    name=f"stage_{index}",
                    **shared,
                ),
            )
            for index, (channels, repeats) in enumerate(
                zip(STAGE_CHANNELS, STAGE_BLOCKS), start=1
            )
        ]
        last_channels = scale_channels(LAST_CHANNELS, width)
        stages.append(
            (
                ConvBlock(
                    last_channels,
                    kernel_size=3,
                    strides=2,
                    name="stage_5_down",
                    **shared,
                ),
                SPP(last_channels, name="stage_5_pool", **shared),
                C3(
                    last_channels,
                    scale_repeats(LAST_BLOCKS, depth),
                    block_config={"shortcut": False},
                    name="stage_5",
                    **shared,
                ),
            )
        )

        # === Functional model ===
        images = keras.Input(image_shape, name="images")
        x = stem(images)
        maps = []
        for stage in stages:
            for layer in stage:
                x = layer(x)
            maps.append(x)
        super().__init__(images, dict(zip(LEVEL_STRIDES, maps[1:])), **kwargs)
        # Keras drops a functional model's dtype.
        self.dtype_policy = dtype
        self.input_spec = images_of_any_size(image_shape, data_format)
        # The name that KerasCV's and KerasHub's detectors look for.
        self.pyramid_level_inputs = {
            level: stage[-1].name
            for level, stage in zip(LEVEL_STRIDES, stages[1:])
        }

        # === Config ===
        self.width = width
        self.depth = depth
        self.block = block
        self.block_config = dict(block_config or {})
        self.remat = remat
        self.image_shape = image_shape
        self.data_format = data_format
        self.fused = fused

    def call(self, images, training=None, mask=None):
        first = 1 if self.data_format == "channels_last" else 2
        size = images.shape[first : first + 2]
        if None not in size:
            check_image_size(*size)
        return super().call(images, training=training, mask=mask)

    def get_config(self):
        return {
            "width": self.width,
            "depth": self.depth,
            "block": self.block,
            "block_config": self.block_config,
            "remat": self.remat,
            "image_shape": self.image_shape,
            "data_format": self.data_format,
            "fused": self.fused,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }
