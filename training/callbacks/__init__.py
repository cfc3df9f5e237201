"""What happens during training, usable in plain `model.fit`."""

from training.callbacks.evaluate_ap import EvaluateAP
from training.callbacks.learning_curves import LearningCurves
from training.callbacks.run_log import RunLog
from training.callbacks.run_state import RunState
from training.callbacks.same_start import SameStart
from training.callbacks.sample_predictions import SamplePredictions
from training.callbacks.save_best import SaveBest
from training.callbacks.skipped_steps import SkippedSteps
from training.callbacks.weight_average import WeightAverage
