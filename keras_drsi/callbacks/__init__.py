"""What happens during training, usable in plain `model.fit`."""

from keras_drsi.callbacks.evaluate_ap import EvaluateAP
from keras_drsi.callbacks.learning_curves import LearningCurves
from keras_drsi.callbacks.run_log import RunLog
from keras_drsi.callbacks.run_state import RunState
from keras_drsi.callbacks.same_start import SameStart
from keras_drsi.callbacks.sample_predictions import SamplePredictions
from keras_drsi.callbacks.save_best import SaveBest
from keras_drsi.callbacks.skipped_steps import SkippedSteps
from keras_drsi.callbacks.weight_average import WeightAverage
