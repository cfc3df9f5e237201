"""DRSI-Net: multi-person 2D pose estimation in Keras 3."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy
from keras_drsi.registration import register_with_keras
from keras_drsi.version import __version__

if TYPE_CHECKING:
    from keras_drsi.errors import InputError
    from keras_drsi.inference import PosePredictor, PoseResult
    from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
    from keras_drsi.metrics import OKS
    from keras_drsi.models import PRESETS, CSDRNet, DRSINet
    from keras_drsi.optimizers import WarmupSGD

make_lazy(
    __name__,
    {
        "callbacks": [],
        "checkpoints": [],
        "data": [],
        "errors": ["InputError"],
        "evaluation": [],
        "export": [],
        "formats": [],
        "inference": ["PosePredictor", "PoseResult"],
        "keypoints": ["COCO_PERSON", "KeypointSchema"],
        "layers": [],
        "losses": [],
        "metrics": ["OKS"],
        "models": ["CSDRNet", "DRSINet", "PRESETS"],
        "optimizers": ["WarmupSGD"],
    },
)
register_with_keras()
