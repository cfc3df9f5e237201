"""From photos, folders and videos to poses."""

from keras_drsi.inference.pose_predictor import PosePredictor
from keras_drsi.inference.pose_result import PoseResult
