"""Horizontal flip of raw head maps, for flip test-time augmentation."""

import numpy as np
from keras import ops

from keras_drsi.head_layout import FIRST_KEYPOINT, vector_size


def mirror_maps(raw, flip_index):
    """Flips raw head maps horizontally.

    Given the maps of a flipped image, returns maps that predict the poses of
    the image itself: columns are reversed, left and right keypoints swapped,
    and the x offset within each cell is reflected. An x offset `2 * t - 0.5`
    is reflected by `t` to `1 - t`, which for the sigmoid of a box center is a
    change of sign of the logit.

    Args:
        raw: dict of raw head maps `{"P3": ..., ..., "P6": ...}`, each of shape
            (B, H / stride, W / stride, A, 6 + 3K).
        flip_index: K integers, see `KeypointSchema.flip_index`.

    Returns:
        Dict of float32 maps with the keys and shapes of `raw`.
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
