"""The loss of `DRSINet`, and which anchor predicts which person."""

from keras_drsi.losses.pose_loss import PoseLoss
from keras_drsi.losses.target_assigner import TargetAssigner
