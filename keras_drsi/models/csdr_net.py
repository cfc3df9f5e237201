"""CSDR-Net backbone, or CSPDarknet53 with another block."""

import math

import keras

from keras_drsi.errors import InputError
from keras_drsi.layers.c3 import C3
from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.focus import Focus
from keras_drsi.layers.spp import SPP
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.freezing import freeze_layers, frozen_layers
from keras_drsi.renamed_arguments import rename_arguments

PYRAMID_LEVELS = ("P1", "P2", *LEVEL_STRIDES)
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
    """CSDR-Net backbone: images to the feature pyramid P3 to P6.

    A Focus stem is followed by five stages (Fig. 5). Stages 1 to 4 are a
    strided 3x3 Conv and a cross-stage module of `block_type`; stage 5 is a
    strided Conv, SPP and a plain C3. With `block_type="drsi"` this is the
    paper's CSDR-Net, with `block_type="bottleneck"` CSPDarknet53.

    Args:
        width: Float, factor on the channels 64, 128, 256, 512, 768, 1024.
            Defaults to `1.0`.
        depth: Float, factor on the numbers of blocks 3, 9, 9, 3, 3. Defaults
            to `1.0`.
        block_type: String, block of the cross-stage modules, see `C3`.
            Defaults to `"drsi"`.
        block_config: Dict of arguments of the block, for example
            `{"order": 3}`.
        remat: Boolean, see `C3`; applies to the stages of `block_type`.
        image_shape: Shape of one image; height and width are multiples of 64.
            Defaults to `(640, 640, 3)`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        folded: Boolean, see `DRSINet`.
        frozen: List of layers that are not trainable, by name, for example
            `["stem", "stage_1_down", "stage_1"]`. Layers within others are
            paths such as `"stage_1/fuse"`.
        dtype: Dtype policy, for example `"mixed_bfloat16"`.
        name: String, name of the model.
        trainable: Boolean, `False` to freeze all of it. Defaults to `True`.

    Attributes:
        pyramid_outputs: Dict of `"P1"` to `"P6"` and symbolic tensors of
            strides 2 to 64, as in KerasHub.
        pyramid_level_inputs: Dict of the same levels and the names of the
            layers that end them, as in KerasCV.

    Call arguments:
        images: Float tensor with values in `[0, 1]`.

    Input shape:
        `(B, *image_shape)`; other heights and widths work too if they are
        multiples of 64.

    Output shape:
        Dict of `"P3"` to `"P6"`: feature maps of strides 8, 16, 32 and 64
        with 256, 512, 768 and 1024 times `width` channels.

    Raises:
        InputError: If a size is not a multiple of 64, `block_type` is unknown
            or there is no layer of a name in `frozen`.

    Example:

    >>> backbone = CSDRNet(0.25, 0.33, image_shape=(128, 128, 3))
    >>> backbone(keras.ops.ones((1, 128, 128, 3)))["P3"].shape
    (1, 16, 16, 64)
    >>> extractor = keras.Model(
    ...     backbone.inputs,
    ...     {level: backbone.pyramid_outputs[level] for level in ("P2", "P4")},
    ... )

    Reference:
        Wu and Wang, DRSI-Net, Sec. 3.1 and Fig. 5.
    """

    def __init__(
        self,
        width=1.0,
        depth=1.0,
        block_type="drsi",
        block_config=None,
        remat=False,
        image_shape=(640, 640, 3),
        data_format=None,
        folded=False,
        frozen=(),
        dtype=None,
        name=None,
        trainable=True,
    ):
        dtype = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        data_format = data_format or keras.config.image_data_format()
        image_shape = tuple(image_shape)
        if data_format == "channels_last":
            check_image_size(*image_shape[:2])
        else:
            check_image_size(*image_shape[1:])

        # === Layers ===
        shared = {"data_format": data_format, "folded": folded, "dtype": dtype}
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
                    block_type,
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
        pyramid = {"P1": (stem, x)}
        for level, stage in zip(PYRAMID_LEVELS[1:], stages):
            for layer in stage:
                x = layer(x)
            pyramid[level] = stage[-1], x
        outputs = {level: pyramid[level][1] for level in LEVEL_STRIDES}
        super().__init__(images, outputs, name=name, trainable=trainable)
        # Keras drops a functional model's dtype.
        self.dtype_policy = dtype
        self.input_spec = images_of_any_size(image_shape, data_format)
        # What KerasHub's and KerasCV's detectors look for.
        self.pyramid_outputs = {
            level: output for level, (_, output) in pyramid.items()
        }
        self.pyramid_level_inputs = {
            level: layer.name for level, (layer, _) in pyramid.items()
        }

        # === Config ===
        self.width = width
        self.depth = depth
        self.block_type = block_type
        self.block_config = dict(block_config or {})
        self.remat = remat
        self.image_shape = image_shape
        self.data_format = data_format
        self.folded = folded
        freeze_layers(self, frozen)

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
            "block_type": self.block_type,
            "block_config": self.block_config,
            "remat": self.remat,
            "image_shape": self.image_shape,
            "data_format": self.data_format,
            "folded": self.folded,
            "frozen": frozen_layers(self),
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**rename_arguments(config))


def interaction_config(block_type, interaction):
    """Selects the arguments that blocks of a type take.

    Args:
        block_type: Type of the blocks, see `CSDRNet`.
        interaction: Dict of `order` and `residual_divisor`.

    Returns:
        Dict of arguments.
    """
    if block_type in ("drsi", "r_hor"):
        return interaction
    if block_type == "hor":
        return {"order": interaction["order"]}
    return {}
