"""How good a network is, and what is wrong with its poses."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.evaluation.backend_comparison import compare_backends
    from keras_drsi.evaluation.curves import draw_curves
    from keras_drsi.evaluation.evaluate_model import (
        evaluate_files,
        evaluate_model,
        predict_results,
    )
    from keras_drsi.evaluation.keypoint_errors import keypoint_errors
    from keras_drsi.evaluation.pose_distance import pose_distance
    from keras_drsi.evaluation.sample_images import draw_predictions

make_lazy(
    __name__,
    {
        "backend_comparison": ["compare_backends"],
        "curves": ["draw_curves"],
        "evaluate_model": [
            "evaluate_files",
            "evaluate_model",
            "predict_results",
        ],
        "keypoint_errors": ["keypoint_errors"],
        "pose_distance": ["pose_distance"],
        "sample_images": ["draw_predictions"],
    },
)
