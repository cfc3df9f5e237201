"""Exact greedy non-maximum suppression with fixed shapes."""

from keras import ops

from keras_drsi.geometry.boxes import pairwise_overlap
from keras_drsi.postprocess.gather_rows import gather_rows

# Candidates are settled in blocks: fewer pairs, in arrays that fit the cache.
BLOCK = 512


def non_max_suppression(
    candidates,
    iou_threshold=0.65,
    score_threshold=0.001,
    max_candidates=1024,
    max_poses=100,
):
    """Keeps the best of the candidates that overlap.

    From the highest score to the lowest, a candidate is kept unless its box
    overlaps one already kept by more than `iou_threshold`. The result is
    that of the sequential procedure, found by a few steps over all pairs.

    Args:
        candidates: dict as `decode_pose_maps` returns it: `boxes` (B, N, 4)
            xyxy, `scores` (B, N), `keypoints` (B, N, K, 3).
        iou_threshold: float, the largest IoU of two boxes that are kept.
        score_threshold: float; candidates that do not exceed it are dropped.
        max_candidates: integer, how many of each image, those of highest
            score, take part.
        max_poses: integer P, how many are returned at most.

    Returns:
        dict, sorted by score, rows beyond `count` zero:
        - `boxes`: (B, P, 4) float32 xyxy.
        - `scores`: (B, P) float32.
        - `keypoints`: (B, P, K, 3) float32, x, y and confidence.
        - `count`: (B,) int32.
    """
    candidates = {
        name: ops.cast(values, "float32") for name, values in candidates.items()
    }
    n = min(max_candidates, candidates["scores"].shape[1])
    scores, order = ops.top_k(candidates["scores"], n)
    boxes = gather_rows(candidates["boxes"], order)
    eligible = ops.cast(scores > score_threshold, "float32")
    kept = _keep_greedily(boxes, eligible, iou_threshold)
    # Kept candidates in their order, then the others: no two ranks are equal.
    rank = ops.arange(n, 0, -1, dtype="float32") + n * kept
    _, first = ops.top_k(rank, min(n, max_poses))
    count = ops.sum(ops.cast(kept, "int32"), axis=-1)
    count = ops.minimum(count, max_poses)
    chosen = gather_rows(order, first)
    return {
        **{
            name: _zero_beyond(count, gather_rows(values, chosen), max_poses)
            for name, values in candidates.items()
        },
        "count": count,
    }


def _keep_greedily(boxes, eligible, iou_threshold):
    """Which candidates the greedy procedure keeps.

    Args:
        boxes: (B, N, 4) xyxy, best first.
        eligible: (B, N) of 0 and 1.
        iou_threshold: float.

    Returns:
        (B, N) float32 of 0 and 1.
    """
    kept = _settle(boxes[:, :BLOCK], eligible[:, :BLOCK], iou_threshold)
    for start in range(BLOCK, boxes.shape[1], BLOCK):
        better, block = boxes[:, :start], boxes[:, start : start + BLOCK]
        overlaps = pairwise_overlap(better, block, iou_threshold)
        free = _free(eligible[:, start : start + BLOCK], kept, overlaps)
        settled = _settle(block, free, iou_threshold)
        kept = ops.concatenate([kept, settled], axis=1)
    return kept


def _settle(boxes, eligible, iou_threshold):
    """As `_keep_greedily`, within one block.

    The result is the one solution of "kept = eligible and not overlapping a
    better one that is kept". Each step towards it settles at least one more
    candidate of every image, usually all but a few at once; a fixed number of
    steps would fail on long chains.
    """
    overlaps = pairwise_overlap(boxes, boxes, iou_threshold)
    # Of two that are eligible, the better has the smaller place. A constant
    # mask would go into exported files, a megabyte for each block.
    place = ops.cumsum(eligible, axis=1)
    overlaps = overlaps * ops.relu(place[:, None, :] - place[:, :, None])

    def changed(kept, before):
        return ops.any(ops.not_equal(kept, before))

    def step(kept, before):
        return _free(eligible, kept, overlaps), kept

    nothing = ops.zeros_like(eligible)
    kept, _ = ops.while_loop(changed, step, (eligible, nothing))
    return kept


def _free(eligible, kept, overlaps):
    """Which of those eligible (B, M) overlap none of those kept (B, N).

    Args:
        overlaps: (B, N, M), positive where two overlap, else 0.
    """
    overlap = ops.matmul(kept[:, None, :], overlaps)[:, 0]
    return eligible * ops.cast(overlap <= 0, "float32")


def _zero_beyond(count, values, rows):
    """Zeros the rows from `count` on and pads (B, P', ...) to `rows`."""
    missing = rows - values.shape[1]
    tail = len(values.shape) - 2
    if missing:
        values = ops.pad(values, [(0, 0), (0, missing)] + [(0, 0)] * tail)
    is_row = ops.arange(rows, dtype="int32") < count[:, None]
    is_row = ops.reshape(is_row, (-1, rows) + (1,) * tail)
    return ops.where(is_row, values, 0.0)
