"""COCO's keypoint AP at the end of an epoch."""

import keras

from keras_drsi.callbacks.weight_average import averaged
from keras_drsi.evaluation.evaluate_model import evaluate_model, keypoint_ap


class EvaluateAP(keras.callbacks.Callback):
    """Adds COCO's keypoint AP to the logs of an epoch.

    The ten numbers appear as `val_AP`, `val_AP50`, ... in the `logs` that
    callbacks after this one see, so `SaveBest`, `RunLog`, and Keras'
    `CSVLogger` and `ModelCheckpoint` have to stand after it in the list. They
    are always finite: `ModelCheckpoint` would never again find a best one
    after a NaN. Sizes that the data does not have are -1.0 throughout.

    Evaluation follows the first epoch (logs take their columns from there),
    every epoch whose number, counted from 1, is a multiple of `every`, and
    the last. The other epochs' logs hold none of the ten: nothing is
    repeated.

    Args:
        poses: `CocoPoses` to evaluate on.
        input_size: multiple of 64, or (height, width), in pixels.
        batch_size: pictures at a time.
        every: number of epochs from one evaluation to the next.
        average: `WeightAverage` whose network is evaluated; by default the
            one in training.

    Raises:
        InputError: at once if the annotations cannot be evaluated.

    Example:

    >>> from keras_drsi.callbacks import SaveBest
    >>> from keras_drsi.data import read_coco
    >>> model.fit(
    ...     batches,
    ...     callbacks=[
    ...         EvaluateAP(read_coco("coco", "val"), 64, batch_size=8),
    ...         SaveBest("best.keras"),
    ...     ],
    ... )
    """

    def __init__(self, poses, input_size, batch_size, every=1, average=None):
        super().__init__()
        self.poses = poses
        self.input_size = input_size
        self.batch_size = batch_size
        self.every = every
        self.average = average
        self._metric = keypoint_ap(poses)

    def on_epoch_end(self, epoch, logs=None):
        number = epoch + 1
        last = number == self.params.get("epochs")
        if number > 1 and not last and number % self.every:
            return
        metrics, _ = evaluate_model(
            averaged(self.model, self.average),
            self.poses,
            self.input_size,
            self.batch_size,
            self._metric,
        )
        if logs is not None:
            logs.update({f"val_{key}": v for key, v in metrics.items()})
