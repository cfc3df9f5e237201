"""Exact greedy non-maximum suppression with fixed shapes."""

from keras import ops

from keras_drsi.geometry.boxes import pairwise_overlap
from keras_drsi.postprocess.gather_rows import gather_rows

# Candidates are processed in blocks, whose pairwise arrays fit the cache.
BLOCK = 512


def non_max_suppression(
    candidates,
    iou_threshold=0.65,
    score_threshold=0.001,
    max_candidates=1024,
    max_poses=100,
):
    """Applies greedy non-maximum suppression (NMS).

    Candidates are visited in the order of descending scores. A candidate is
    kept unless its box overlaps one that is already kept by more than
    `iou_threshold`. The result is exactly that of the sequential algorithm,
    computed by a few vectorized iterations with static shapes.

    Args:
        candidates: dict of tensors, see `decode_pose_maps`: `boxes` (B, N, 4)
            xyxy, `scores` (B, N), `keypoints` (B, N, K, 3).
        iou_threshold: float, the maximum IoU of two boxes that are kept.
            Defaults to 0.65.
        score_threshold: float. Candidates whose score does not exceed it are
            dropped. Defaults to 0.001.
        max_candidates: integer, the number of candidates of each image, those
            of highest score, that are considered. Defaults to 1024.
        max_poses: integer P, the maximum number of poses returned for each
            image. Defaults to 100.

    Returns:
        Dict of tensors, sorted by descending score. Rows from `count` on are
        zero.

        - `boxes`: (B, P, 4) float32, xyxy.
        - `scores`: (B, P) float32.
        - `keypoints`: (B, P, K, 3) float32: x, y and confidence.
        - `count`: (B,) int32, the number of poses.
    """
    candidates = {
        name: ops.cast(values, "float32") for name, values in candidates.items()
    }
    n = min(max_candidates, candidates["scores"].shape[1])
    scores, order = ops.top_k(candidates["scores"], n)
    boxes = gather_rows(candidates["boxes"], order)
    eligible = ops.cast(scores > score_threshold, "float32")
    kept = _keep_greedily(boxes, eligible, iou_threshold)
    # Kept candidates first, each group in its order. Ranks are unique, so the
    # result does not depend on how `top_k` breaks ties.
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
    """Mask of the candidates that greedy suppression keeps.

    Args:
        boxes: float32 tensor of shape (B, N, 4), xyxy, best first.
        eligible: float32 tensor of shape (B, N), 0 or 1.
        iou_threshold: float.

    Returns:
        float32 tensor of shape (B, N), 0 or 1.
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
    """Like `_keep_greedily`, within one block.

    Iterates "kept = eligible and not overlapping a better kept candidate" to
    its unique fixed point. Each iteration settles at least one more candidate
    of every image, usually almost all of them; a fixed number of iterations
    would fail for long chains of overlapping boxes.
    """
    overlaps = pairwise_overlap(boxes, boxes, iou_threshold)
    # Of two eligible candidates, the better one has the lower rank. Computed
    # here, because a constant mask adds 1 MB per block to exported files.
    rank = ops.cumsum(eligible, axis=1)
    overlaps = overlaps * ops.relu(rank[:, None, :] - rank[:, :, None])

    def changed(kept, before):
        return ops.any(ops.not_equal(kept, before))

    def step(kept, before):
        return _free(eligible, kept, overlaps), kept

    nothing = ops.zeros_like(eligible)
    kept, _ = ops.while_loop(changed, step, (eligible, nothing))
    return kept


def _free(eligible, kept, overlaps):
    """Mask of the eligible candidates (B, M) that overlap no kept one (B, N).

    Args:
        eligible: float32 tensor of shape (B, M), 0 or 1.
        kept: float32 tensor of shape (B, N), 0 or 1.
        overlaps: float32 tensor of shape (B, N, M), positive where two boxes
            overlap, 0 elsewhere.
    """
    overlap = ops.matmul(kept[:, None, :], overlaps)[:, 0]
    return eligible * ops.cast(overlap <= 0, "float32")


def _zero_beyond(count, values, rows):
    """Zeroes the rows from `count` on, and zero-pads to `rows` rows."""
    missing = rows - values.shape[1]
    tail = len(values.shape) - 2
    if missing:
        values = ops.pad(values, [(0, 0), (0, missing)] + [(0, 0)] * tail)
    is_row = ops.arange(rows, dtype="int32") < count[:, None]
    is_row = ops.reshape(is_row, (-1, rows) + (1,) * tail)
    return ops.where(is_row, values, 0.0)
