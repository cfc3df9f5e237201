"""Backbone, necks, head and the task model."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.models.csdr_net import CSDRNet
    from keras_drsi.models.drsi_net import DRSINet
    from keras_drsi.models.flip_tta import FlipTTA
    from keras_drsi.models.model_cost import ModelCost, measure_cost
    from keras_drsi.models.pan import ASIPAN, CBAMPAN, PAN
    from keras_drsi.models.pose_decoder import PoseDecoder
    from keras_drsi.models.pose_head import PoseHead, YoloPoseHead
    from keras_drsi.models.pose_model import PoseModel
    from keras_drsi.models.presets import PRESETS, Preset

make_lazy(
    __name__,
    {
        "csdr_net": ["CSDRNet"],
        "drsi_net": ["DRSINet"],
        "flip_tta": ["FlipTTA"],
        "model_cost": ["ModelCost", "measure_cost"],
        "pan": ["ASIPAN", "CBAMPAN", "PAN"],
        "pose_decoder": ["PoseDecoder"],
        "pose_head": ["PoseHead", "YoloPoseHead"],
        "pose_model": ["PoseModel"],
        "presets": ["PRESETS", "Preset"],
    },
)
