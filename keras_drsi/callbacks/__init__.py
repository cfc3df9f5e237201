"""What happens during training, usable in plain `model.fit`."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.callbacks.evaluate_ap import EvaluateAP
    from keras_drsi.callbacks.learning_curves import LearningCurves
    from keras_drsi.callbacks.run_log import RunLog
    from keras_drsi.callbacks.run_state import RunState
    from keras_drsi.callbacks.same_start import SameStart
    from keras_drsi.callbacks.sample_predictions import SamplePredictions
    from keras_drsi.callbacks.save_best import SaveBest
    from keras_drsi.callbacks.skipped_steps import SkippedSteps
    from keras_drsi.callbacks.weight_average import WeightAverage

make_lazy(
    __name__,
    {
        "evaluate_ap": ["EvaluateAP"],
        "learning_curves": ["LearningCurves"],
        "run_log": ["RunLog"],
        "run_state": ["RunState"],
        "same_start": ["SameStart"],
        "sample_predictions": ["SamplePredictions"],
        "save_best": ["SaveBest"],
        "skipped_steps": ["SkippedSteps"],
        "weight_average": ["WeightAverage"],
    },
)
