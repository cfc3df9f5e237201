"""Backbone, necks, head and the task model."""

from keras_drsi.models.csdr_net import CSDRNet
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.models.flip_tta import FlipTTA
from keras_drsi.models.pan import ASIPAN, CBAMPAN, PAN
from keras_drsi.models.pose_head import PoseHead, YoloPoseHead
from keras_drsi.models.presets import PRESETS
