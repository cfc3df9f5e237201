"""Pictures of what the network finds, as it learns."""

import pathlib

import keras

from keras_drsi.callbacks.weight_average import averaged
from keras_drsi.evaluation.sample_images import draw_predictions


class SamplePredictions(keras.callbacks.Callback):
    """Draws poses beside the truth every few epochs.

    Args:
        poses: `CocoPoses`, whose first images are drawn.
        folder: where the pictures go, as `epoch-0010.png`; made if missing.
        every: number of epochs from one picture to the next.
        average: `WeightAverage` whose network is shown; by default the one
            in training.
    """

    def __init__(self, poses, folder, every=10, average=None):
        super().__init__()
        self.poses = poses
        self.folder = pathlib.Path(folder)
        self.every = every
        self.average = average

    def on_epoch_end(self, epoch, logs=None):
        number = epoch + 1
        if number % self.every:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        draw_predictions(
            averaged(self.model, self.average),
            self.poses,
            self.folder / f"epoch-{number:04d}.png",
        )
