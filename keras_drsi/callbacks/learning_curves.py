"""The learning curves of a run, drawn anew after every epoch."""

import keras

from keras_drsi.evaluation.curves import draw_curves


class LearningCurves(keras.callbacks.Callback):
    """Draws the log of a run as a picture.

    Stands after `RunLog` in the list of callbacks.

    Args:
        log: path of the CSV file of `RunLog`.
        picture: path of the PNG to write.
    """

    def __init__(self, log, picture):
        super().__init__()
        self.log = log
        self.picture = picture

    def on_epoch_end(self, epoch, logs=None):
        draw_curves(self.log, self.picture)
