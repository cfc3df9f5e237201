"""Reading and writing weights: files, YOLO-Pose, other networks."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.checkpoints.convert import convert
    from keras_drsi.checkpoints.shrink import shrink
    from keras_drsi.checkpoints.trained_model import load_trained_model
    from keras_drsi.checkpoints.warm_start import WarmStart, warm_start
    from keras_drsi.checkpoints.yolo_pose import (
        load_yolo_pose,
        yolo_pose_tensors,
    )

make_lazy(
    __name__,
    {
        "convert": ["convert"],
        "shrink": ["shrink"],
        "trained_model": ["load_trained_model"],
        "warm_start": ["WarmStart", "warm_start"],
        "yolo_pose": ["load_yolo_pose", "yolo_pose_tensors"],
    },
)
