"""The object keypoint similarity of single keypoints, Eq. 12."""

from keras import ops

# Squared pixels. Keeps the similarity finite for objects without area.
SMALLEST_SQUARED_SCALE = 1e-9


def keypoint_error(squared_distance, squared_scale, sigmas):
    """The exponent of Eq. 12, `d^2 / (2 * s^2 * h^2)` with `h = 2 * sigma`.

    Args:
        squared_distance: (..., K), d^2 in any unit squared.
        squared_scale: (...), s^2 in the same unit, broadcastable to the
            leading axes of `squared_distance`.
        sigmas: K floats, `KeypointSchema.sigmas`.

    Returns:
        (..., K) float32, 0 or more.
    """
    h = 2 * ops.convert_to_tensor(sigmas, "float32")
    squared_distance = ops.cast(squared_distance, "float32")
    squared_scale = ops.cast(squared_scale, "float32")[..., None]
    squared_scale = ops.maximum(squared_scale, SMALLEST_SQUARED_SCALE)
    return squared_distance / (2 * squared_scale * ops.square(h))


def keypoint_similarity(squared_distance, squared_scale, sigmas):
    """Similarity of each keypoint to its target, Eq. 12 of the paper.

    `exp(-d^2 / (2 * s^2 * h^2))`, as pycocotools computes it. Loss and metric
    differ only in `s^2`: the area of the box in the loss, the area of the
    segment in the metric.

    Args:
        squared_distance, squared_scale, sigmas: see `keypoint_error`.

    Returns:
        (..., K) float32 in [0, 1].
    """
    return ops.exp(-keypoint_error(squared_distance, squared_scale, sigmas))
