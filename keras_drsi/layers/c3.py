"""Cross-stage modules: C3 with any block, and C3DR."""

import keras

from keras_drsi.errors import InputError
from keras_drsi.layers.bottleneck import Bottleneck
from keras_drsi.layers.conv_block import ConvBlock
from keras_drsi.layers.drsi_block import DRSIBlock
from keras_drsi.layers.hor_block import HorBlock, RHorBlock
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.layers.rematerialize import rematerialized
from keras_drsi.layers.transformer_block import TransformerBlock

BLOCKS = {
    "bottleneck": Bottleneck,
    "drsi": DRSIBlock,
    "hor": HorBlock,
    "r_hor": RHorBlock,
    "transformer": TransformerBlock,
}


@keras.saving.register_keras_serializable(package="keras_drsi")
class C3(ImageLayer):
    """Cross-stage module: half the channels pass the blocks, half do not.

    ```python
    y = Conv(concat(blocks(Conv(x)), Conv(x)))      # Eqs. 9 to 11
    ```

    Eq. 11 prints a sum; the text, and the channel counts, concatenate.

    Args:
        filters: number of output channels; each branch has half of them.
        repeats: number of blocks in the first branch.
        block_type: `"bottleneck"` (plain C3), `"drsi"` (C3DR), `"hor"`,
            `"r_hor"` or `"transformer"`.
        block_config: arguments of the block, for example `{"order": 3}`.
        remat: whether training computes the blocks' activations twice
            instead of keeping them: less memory for more time.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        (B, H, W, filters), or with channels first.

    Raises:
        InputError: if the block is unknown.

    Reference:
        Sec. 3.4 of the paper.
    """

    def __init__(
        self,
        filters,
        repeats=1,
        block_type="bottleneck",
        block_config=None,
        remat=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        if block_type not in BLOCKS:
            raise InputError(
                f"block_type must be one of {', '.join(BLOCKS)}, got "
                f"{block_type!r}."
            )
        self.filters = filters
        self.repeats = repeats
        self.block_type = block_type
        self.block_config = dict(block_config or {})
        self.remat = remat
        self.blocks_in = ConvBlock(
            filters // 2, name="blocks_in", **self.shared_config
        )
        self.bypass = ConvBlock(
            filters // 2, name="bypass", **self.shared_config
        )
        self.blocks = [
            BLOCKS[block_type](
                name=f"{block_type}_{index}",
                **self.block_config,
                **self.shared_config,
            )
            for index in range(repeats)
        ]
        self.fuse = ConvBlock(filters, name="fuse", **self.shared_config)

    def build(self, input_shape):
        half_shape = self.with_channels(input_shape, self.filters // 2)
        self.blocks_in.build(input_shape)
        self.bypass.build(input_shape)
        for block in self.blocks:
            block.build(half_shape)
        self.fuse.build(
            self.with_channels(input_shape, 2 * (self.filters // 2))
        )

    def call(self, x, training=None):
        y = self.blocks_in.call(x, training)
        for block in self.blocks:
            if self.remat and training:
                y = rematerialized(block, y)
            else:
                y = block.call(y, training)
        bypass = self.bypass.call(x, training)
        return self.fuse.call(self.concat([y, bypass]), training)

    def compute_output_shape(self, input_shape):
        return self.with_channels(input_shape, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "repeats": self.repeats,
            "block_type": self.block_type,
            "block_config": self.block_config,
            "remat": self.remat,
        }


@keras.saving.register_keras_serializable(package="keras_drsi")
class C3DR(C3):
    """Cross-stage DRSI module: C3 over DRSI blocks (Sec. 3.4).

    Args:
        filters: number of output channels; each branch has half of them.
        repeats: number of DRSI blocks.
        order: order n of their Res-gnConv.
        residual_divisor: the λ of Eq. 5.
        remat: see `C3`.
        data_format: `"channels_last"` or `"channels_first"`.

    Input shape:
        (B, H, W, C), or (B, C, H, W) with `channels_first`.

    Output shape:
        (B, H, W, filters), or with channels first.
    """

    def __init__(
        self,
        filters,
        repeats=1,
        order=2,
        residual_divisor=2.0,
        remat=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(
            filters,
            repeats,
            block_type="drsi",
            block_config={
                "order": order,
                "residual_divisor": residual_divisor,
            },
            remat=remat,
            data_format=data_format,
            **kwargs,
        )

    def get_config(self):
        config = super().get_config()
        del config["block_type"]
        block_config = config.pop("block_config")
        return {**config, **block_config}
