"""The model of the highest AP, in a file."""

import math

import keras

from keras_drsi.callbacks.weight_average import averaged
from keras_drsi.checkpoints.finite_weights import first_not_finite
from keras_drsi.files.new_file import new_file


class SaveBest(keras.callbacks.Callback):
    """Saves the model of the highest `val_AP`, in epochs that have one.

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
        ap = (logs or {}).get("val_AP", -math.inf)
        if not ap > self.best:
            return
        network = averaged(self.model, self.average)
        if first_not_finite(network.weights):
            return
        with new_file(self.path) as unfinished:
            network.save(unfinished)
        self.best = float(ap)

    def get_state(self):
        return {"best": self.best}

    def set_state(self, state):
        self.best = state["best"]
