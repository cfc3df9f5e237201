"""Keypoint schemas, and how similar two keypoints are."""

from keras_drsi.keypoints.schema import (
    COCO_PERSON,
    LEFT_RGB,
    MIDDLE_RGB,
    RIGHT_RGB,
    KeypointSchema,
    as_schema,
    left_right_pairs,
)
