"""Decoding of raw head maps to candidate poses."""

import functools

import numpy as np
from keras import ops

from keras_drsi import head_layout
from keras_drsi.geometry.boxes import cxcywh_to_xyxy
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.postprocess.gather_rows import gather_rows


def decode_pose_maps(raw, anchors, max_candidates=None):
    """Decodes raw head maps to candidate poses in input pixels.

    With `t` the raw values of a prediction and `cell` its column and row,
    in float32:

    ```python
    box_xy = (2 * sigmoid(t) - 0.5 + cell) * stride
    box_wh = (2 * sigmoid(t)) ** 2 * anchor
    keypoint_xy = (2 * t - 0.5 + cell) * stride
    score = sigmoid(objectness) * sigmoid(class)
    ```

    Args:
        raw: dict of raw head maps `{"P3": ..., ..., "P6": ...}`, each of shape
            (B, H / stride, W / stride, A, 6 + 3K) and any float dtype.
        anchors: nested tuple of shape (levels, A, 2): width and height in
            input pixels.
        max_candidates: integer or None. Decodes this many candidates of each
            image only, those of highest score, best first. Defaults to None,
            which decodes all of them in the order level, row, column, anchor.

    Returns:
        Dict of float32 tensors. N is the number of predictions of all levels,
        or `max_candidates` if that is smaller.

        - `boxes`: (B, N, 4), xyxy in input pixels.
        - `scores`: (B, N), in [0, 1].
        - `keypoints`: (B, N, K, 3), x and y in input pixels and the confidence
          in [0, 1].

    Example:

    >>> candidates = decode_pose_maps(raw, anchors)  # 2 images, 640 x 640
    >>> candidates["boxes"].shape
    (2, 25500, 4)
    """
    maps = [ops.cast(raw[level], "float32") for level in LEVEL_STRIDES]
    vectors = ops.concatenate([_flatten_positions(m) for m in maps], axis=1)
    grid = _grid(
        tuple(tuple(m.shape[1:3]) for m in maps),
        tuple(tuple(map(tuple, level)) for level in anchors),
    )
    grid = ops.convert_to_tensor(grid)  # (N, 5)
    scores = head_layout.score(vectors)
    if max_candidates is not None:
        count = min(max_candidates, scores.shape[1])
        scores, best = ops.top_k(scores, count)
        vectors = gather_rows(vectors, best)
        grid = ops.take(grid, best, axis=0)
    return {**_decode(vectors, grid), "scores": scores}


def _decode(vectors, grid):
    """Decodes vectors (B, N, 6 + 3K) with a `grid` (N, 5) or (B, N, 5)."""
    cells, strides, anchors = grid[..., :2], grid[..., 2:3], grid[..., 3:]
    centers = (head_layout.box_center(vectors) + cells) * strides
    sizes = head_layout.box_size(vectors) * anchors
    keypoints = [
        (head_layout.keypoint_x(vectors) + cells[..., :1]) * strides,
        (head_layout.keypoint_y(vectors) + cells[..., 1:]) * strides,
        ops.sigmoid(head_layout.keypoint_confidence_logits(vectors)),
    ]
    return {
        "boxes": cxcywh_to_xyxy(ops.concatenate([centers, sizes], axis=-1)),
        "keypoints": ops.stack(keypoints, axis=-1),
    }


def _flatten_positions(level_map):
    """Reshapes (B, H, W, A, C) to (B, H * W * A, C)."""
    height, width, anchors, size = level_map.shape[1:]
    return ops.reshape(level_map, (-1, height * width * anchors, size))


@functools.lru_cache
def _grid(map_sizes, anchors):
    """Column, row, stride, anchor width and height of each vector, (N, 5)."""
    levels = []
    for (height, width), stride, level_anchors in zip(
        map_sizes, LEVEL_STRIDES.values(), anchors
    ):
        level = np.empty((height, width, len(level_anchors), 5), "float32")
        level[..., 0] = np.arange(width)[:, None]
        level[..., 1] = np.arange(height)[:, None, None]
        level[..., 2] = stride
        level[..., 3:] = level_anchors
        levels.append(level.reshape(-1, 5))
    return np.concatenate(levels)
