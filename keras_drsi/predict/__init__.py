"""From photos, folders and videos to poses."""

from keras_drsi.predict.pose_predictor import PosePredictor
from keras_drsi.predict.pose_result import PoseResult
