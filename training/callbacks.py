"""What happens at the end of an epoch, usable in plain `model.fit`."""

import keras

from training.evaluate import evaluate_model, keypoint_ap


class EvaluateAP(keras.callbacks.Callback):
    """Adds COCO's keypoint AP to the logs of an epoch.

    The ten numbers appear as `val_AP`, `val_AP50`, ... in the `logs` that
    callbacks after this one see, so `CSVLogger`, and `ModelCheckpoint` with
    `monitor="val_AP", mode="max"`, have to stand after it in the list. They
    are always finite: `ModelCheckpoint` would never again find a best one
    after a NaN. Sizes that the data does not have are -1.0 throughout.

    Evaluation follows the first epoch of the run (`CSVLogger` takes its
    columns from there), every epoch whose number, counted from 1, is a
    multiple of `every`, and the last. The other epochs' logs hold none of the
    ten: nothing is repeated, and `CSVLogger` writes NA.

    Args:
        poses: `CocoPoses` to evaluate on.
        input_size: multiple of 64, or (height, width), in pixels.
        batch_size: pictures at a time.
        every: number of epochs from one evaluation to the next.

    Raises:
        InputError: at once if the annotations cannot be evaluated.

    Example:

    >>> model.fit(
    ...     batches,
    ...     callbacks=[
    ...         EvaluateAP(read_coco("coco", "val"), 640, batch_size=8),
    ...         SaveBest("best.keras"),
    ...     ],
    ... )
    """

    def __init__(self, poses, input_size, batch_size, every=1):
        super().__init__()
        self.poses = poses
        self.input_size = input_size
        self.batch_size = batch_size
        self.every = every
        self._metric = keypoint_ap(poses)
        self._evaluated = False

    def on_train_begin(self, logs=None):
        self._evaluated = False

    def on_epoch_end(self, epoch, logs=None):
        number = epoch + 1
        last = number == self.params.get("epochs")
        if self._evaluated and not last and number % self.every:
            return
        self._evaluated = True
        metrics, _ = evaluate_model(
            self.model,
            self.poses,
            self.input_size,
            self.batch_size,
            self._metric,
        )
        if logs is not None:
            logs.update({f"val_{key}": v for key, v in metrics.items()})


class SaveBest(keras.callbacks.ModelCheckpoint):
    """Saves the model of the highest `val_AP`, in epochs that have one.

    Args:
        path: path ending in `.keras`.
    """

    def __init__(self, path):
        super().__init__(
            str(path), monitor="val_AP", mode="max", save_best_only=True
        )

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor in (logs or {}):
            super().on_epoch_end(epoch, logs)
