"""How large the activations of a network are, layer by layer."""

import dataclasses
import re

import numpy as np
from keras import ops

from keras_drsi.layers.c3 import C3
from keras_drsi.levels import LEVEL_STRIDES

STAGES = ("stem", *(f"stage_{n}" for n in range(1, 6)), "neck", "head")
# Least rms of an input that the share of a block is taken of.
TINY = 1e-12


@dataclasses.dataclass(frozen=True)
class Activation:
    """What a layer of a network gives, in inference.

    Args:
        layer: path of the layer, such as `"stage_3/drsi_0"`; of neck and head
            with the level, such as `"head/P3"`.
        stage: the part of the network it belongs to, one of `STAGES`.
        largest: largest absolute value, a NaN or an infinity if there is one.
        residual_share: of a block with a shortcut, rms(y - x) / rms(x), what
            it adds to the residual stream; None of other layers.
    """

    layer: str
    stage: str
    largest: float
    residual_share: float | None = None


def stage_of(path):
    """The part of a `DRSINet` that a layer or variable belongs to.

    Args:
        path: such as `"stage_3/drsi_0"`, `"stage_3_down/conv/kernel"` or
            `"head/P3"`.

    Returns:
        one of `STAGES`.
    """
    return re.match("|".join(STAGES), path).group()


def trace_activations(model, images):
    """Runs a network layer by layer, in inference.

    Args:
        model: `DRSINet`.
        images: (B, H, W, 3), or (B, 3, H, W) with `channels_first`; RGB in
            0..255.

    Returns:
        list of `Activation`, in the order of the computation: of the layers
        of the backbone and the blocks in its cross-stage modules, and of each
        level of neck and head.
    """
    trace = []
    backbone = model.backbone
    ends = {
        level: backbone.pyramid_level_inputs[level] for level in LEVEL_STRIDES
    }
    x = model.get_layer("rescale")(ops.convert_to_tensor(images))
    maps = {}
    for layer in backbone.layers[1:]:  # after the input
        if isinstance(layer, C3):
            trace += _trace_blocks(layer, x)
        x = _detached(layer(x, training=False))
        trace.append(_activation(layer.name, x))
        maps |= {level: x for level in ends if ends[level] == layer.name}
    for part in (model.neck, model.head):
        maps = part(maps, training=False)
        maps = {level: _detached(x) for level, x in maps.items()}
        trace += [
            _activation(f"{part.name}/{level}", x) for level, x in maps.items()
        ]
    return trace


def _trace_blocks(module, x):
    y = _detached(module.blocks_in(x, training=False))
    trace = [_activation(f"{module.name}/blocks_in", y)]
    for block in module.blocks:
        before, y = y, _detached(block(y, training=False))
        share = None
        # A plain bottleneck may be without a shortcut; the others have one.
        if getattr(block, "shortcut", True):
            share = _rms(y - before) / max(_rms(before), TINY)
        trace.append(_activation(f"{module.name}/{block.name}", y, share))
    return trace


def _activation(layer, x, residual_share=None):
    # NumPy's maximum of values with a NaN is NaN on every backend.
    return Activation(
        layer,
        stage_of(layer),
        float(np.abs(_array(x)).max()),
        residual_share,
    )


def _rms(x):
    # The squares of a residual stream in trouble would be infinite in float32.
    return float(np.sqrt(np.square(_array(x), dtype="float64").mean()))


def _array(x):
    return ops.convert_to_numpy(ops.cast(x, "float32"))


def _detached(x):
    """Without the graph that PyTorch would keep in memory for a gradient."""
    return ops.stop_gradient(x)
