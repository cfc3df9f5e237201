"""Layout of the output vectors in the raw head maps.

A vector of 6 + 3K logits holds x, y, w, h, objectness and class, then x, y
and confidence of each of K keypoints. Loss and decoding both read it through
these functions. Positions are relative to the vector's cell, in cells.
"""

from keras import ops

OBJECTNESS, CLASS, FIRST_KEYPOINT = 4, 5, 6


def vector_size(keypoint_count):
    """Returns the length of a vector for `keypoint_count` keypoints."""
    return FIRST_KEYPOINT + 3 * keypoint_count


def box_center(vectors):
    """(..., 6 + 3K) to (..., 2): the center, within [-0.5, 1.5] cells."""
    return 2 * ops.sigmoid(vectors[..., 0:2]) - 0.5


def box_size(vectors):
    """(..., 6 + 3K) to (..., 2): width and height, in [0, 4] anchors."""
    return ops.square(2 * ops.sigmoid(vectors[..., 2:4]))


def score(vectors):
    """(..., 6 + 3K) to (...): the probability of a person."""
    return ops.sigmoid(vectors[..., OBJECTNESS]) * ops.sigmoid(
        vectors[..., CLASS]
    )


def keypoint_x(vectors):
    """(..., 6 + 3K) to (..., K), in cells, unbounded."""
    return 2 * vectors[..., FIRST_KEYPOINT::3] - 0.5


def keypoint_y(vectors):
    """(..., 6 + 3K) to (..., K), in cells, unbounded."""
    return 2 * vectors[..., FIRST_KEYPOINT + 1 :: 3] - 0.5


def keypoint_confidence_logits(vectors):
    """(..., 6 + 3K) to (..., K)."""
    return vectors[..., FIRST_KEYPOINT + 2 :: 3]
