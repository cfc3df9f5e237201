"""AP, and the figures beside it, at the end of an epoch."""

import keras

from keras_drsi.callbacks.evaluation_schedule import is_evaluated
from keras_drsi.callbacks.weight_average import averaged
from keras_drsi.evaluation.evaluate_model import evaluate_model, pose_evaluation
from keras_drsi.evaluation.training_progress import training_progress


class EvaluateAP(keras.callbacks.Callback):
    """Adds COCO's keypoint AP to the logs of an epoch, and what explains it.

    The figures of `PoseEvaluation.evaluate` appear as `val_AP`, `val_AP50`,
    ..., `val_mean_pose_AP`, `val_pose_skill`, `val_box_AP`, `val_box_AP50`,
    `val_matched_persons`, `val_matched_OKS`, `val_matched_PCK` (and the two of
    the mean pose) and `val_ghosts`; not those of each keypoint. `val_progress`
    is `training_progress` of them, by which `SaveBest` compares. They are in
    the `logs` that callbacks after this one see, so `SaveBest`, `RunLog`, and
    Keras' `CSVLogger` and `ModelCheckpoint` have to stand after it in the
    list. All are finite: `ModelCheckpoint` would never again find a best one
    after a NaN. Sizes that the data does not have are -1.0 throughout, as are
    ghosts without empty images.

    For the epochs that are evaluated see `is_evaluated`. The logs of the
    others hold none of the figures: nothing is repeated.

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
        self._evaluation = pose_evaluation(poses)

    def on_epoch_end(self, epoch, logs=None):
        if not is_evaluated(epoch, self.every, self.params.get("epochs")):
            return
        figures, _ = evaluate_model(
            averaged(self.model, self.average),
            self.poses,
            self.input_size,
            self.batch_size,
            self._evaluation,
        )
        if logs is not None:
            figures["progress"] = training_progress(figures)
            del figures["keypoints"]
            logs.update({f"val_{key}": v for key, v in figures.items()})
