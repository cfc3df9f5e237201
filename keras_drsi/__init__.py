"""DRSI-Net: multi-person 2D pose estimation in Keras 3."""

from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.version import __version__
