"""Weights that come from elsewhere: files, YOLO-Pose, other networks."""

from keras_drsi.checkpoints.trained_model import load_trained_model
from keras_drsi.checkpoints.warm_start import WarmStart, warm_start
from keras_drsi.checkpoints.yolo_pose import load_yolo_pose, yolo_pose_tensors
