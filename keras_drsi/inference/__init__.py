"""From images, folders and videos to poses."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.inference.pose_predictor import PosePredictor
    from keras_drsi.inference.pose_result import PoseResult
    from keras_drsi.inference.predict_files import predict_files
    from keras_drsi.inference.sources import open_source
    from keras_drsi.inference.visualize import draw_poses, gallery

make_lazy(
    __name__,
    {
        "pose_predictor": ["PosePredictor"],
        "pose_result": ["PoseResult"],
        "predict_files": ["predict_files"],
        "sources": ["open_source"],
        "visualize": ["draw_poses", "gallery"],
    },
)
