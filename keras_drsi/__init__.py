"""DRSI-Net: multi-person 2D pose estimation in Keras 3."""

from keras_drsi import layers, models
from keras_drsi.errors import InputError
from keras_drsi.inference import PosePredictor, PoseResult
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.metrics.oks import OKS
from keras_drsi.models.csdr_net import CSDRNet
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.models.presets import PRESETS
from keras_drsi.optimizers import WarmupSGD
from keras_drsi.version import __version__
