"""The best model of a training, in a file."""

import math

import keras

from keras_drsi.callbacks.weight_average import averaged
from keras_drsi.checkpoints.soundness import first_not_finite
from keras_drsi.files.new_file import new_file


class SaveBest(keras.callbacks.Callback):
    """Saves the best model so far, in epochs that are evaluated.

    The best is that of the highest `val_progress`, which `EvaluateAP` logs:
    the highest AP, or, while AP is still near 0, the one whose boxes and
    keypoints are ahead; see `training_progress`.

    The file is complete at any moment, and a model with a NaN or an infinity
    does not come into it. With `RunState`, an interrupted run
    goes on comparing with its best from before.

    Args:
        path: path ending in `.keras`.
        average: `WeightAverage` whose network is saved; by default the one
            in training.
    """

    def __init__(self, path, average=None):
        super().__init__()
        self.path = path
        self.average = average
        self.best = -math.inf

    def on_epoch_end(self, epoch, logs=None):
        progress = (logs or {}).get("val_progress", -math.inf)
        if not progress > self.best:
            return
        network = averaged(self.model, self.average)
        if first_not_finite(network.weights):
            return
        with new_file(self.path) as unfinished:
            network.save(unfinished)
        self.best = float(progress)

    def get_state(self):
        return {"best": self.best}

    def set_state(self, state):
        self.best = state["best"]
