"""Raw head maps of a mirrored image, as those of the image itself."""

import numpy as np
from keras import ops

from keras_drsi.head_layout import FIRST_KEYPOINT, vector_size


def mirror_maps(raw, flip_index):
    """Mirrors head maps: cells, positions within a cell, left and right.

    A place `2 * t - 0.5` from the left edge of its cell is as far from the
    right edge after mirroring, which `1 - t` gives; for the sigmoid of a
    box's logit that is the logit with the other sign.

    Args:
        raw: dict of maps, `{"P3": ..., ..., "P6": ...}`, each
            (B, H / stride, W / stride, A, 6 + 3K).
        flip_index: K integers, `KeypointSchema.flip_index`.

    Returns:
        dict like `raw`.
    """
    size = vector_size(len(flip_index))
    sources, signs, offsets = np.arange(size), np.ones(size), np.zeros(size)
    signs[0] = -1
    for keypoint, partner in enumerate(flip_index):
        first, source = (FIRST_KEYPOINT + 3 * k for k in (keypoint, partner))
        sources[first : first + 3] = np.arange(source, source + 3)
        signs[first], offsets[first] = -1, 1
    sources = ops.convert_to_tensor(sources.astype("int32"))
    signs = ops.convert_to_tensor(signs.astype("float32"))
    offsets = ops.convert_to_tensor(offsets.astype("float32"))
    return {
        level: ops.take(ops.flip(values, axis=2), sources, axis=-1) * signs
        + offsets
        for level, values in raw.items()
    }
