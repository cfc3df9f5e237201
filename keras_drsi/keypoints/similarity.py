"""Object keypoint similarity (OKS) of single keypoints, Eq. 12."""

from keras import ops

# In squared pixels. Keeps the similarity finite for objects of zero area.
SMALLEST_SQUARED_SCALE = 1e-9


def keypoint_error(squared_distance, squared_scale, sigmas):
    """Normalized squared error of each keypoint, the exponent of Eq. 12.

    ```python
    error = d**2 / (2 * s**2 * h**2)
    h = 2 * sigma
    ```

    Args:
        squared_distance: tensor of shape (..., K), the squared distances d**2
            in any unit.
        squared_scale: tensor of shape (...), s**2 in the same unit,
            broadcastable to the leading axes of `squared_distance`.
        sigmas: K floats, see `KeypointSchema`.

    Returns:
        float32 tensor of shape (..., K), non-negative.
    """
    h = 2 * ops.convert_to_tensor(sigmas, "float32")
    squared_distance = ops.cast(squared_distance, "float32")
    squared_scale = ops.cast(squared_scale, "float32")[..., None]
    squared_scale = ops.maximum(squared_scale, SMALLEST_SQUARED_SCALE)
    return squared_distance / (2 * squared_scale * ops.square(h))


def keypoint_similarity(squared_distance, squared_scale, sigmas):
    """Similarity of each keypoint to its target, Eq. 12 of the paper.

    ```python
    similarity = exp(-d**2 / (2 * s**2 * h**2))
    h = 2 * sigma
    ```

    as in pycocotools. The loss and the metric differ in `s**2` only: the area
    of the box in the loss, the area of the segment in the metric.

    Args:
        squared_distance: see `keypoint_error`.
        squared_scale: see `keypoint_error`.
        sigmas: see `keypoint_error`.

    Returns:
        float32 tensor of shape (..., K), in [0, 1].
    """
    return ops.exp(-keypoint_error(squared_distance, squared_scale, sigmas))
