"""Training steps on one or two devices, as a program of its own.

    KERAS_BACKEND=torch python \\
        tests/training/runs/device_steps.py FOLDER DEVICES RANK

The first run leaves its initial weights in FOLDER, and each its results.
"""

import contextlib
import functools
import pathlib
import sys

import keras
import numpy as np

from keras_drsi import DRSINet
from keras_drsi.callbacks import SameStart

BATCH, SIZE, KEYPOINTS = 4, 128, 3

# Which batches have a NaN in the half of the second device.
POISONED = (False, False, True, False, False, False, False)


def batch(poisoned=False):
    """Pictures with 0 to 3 persons, so that the halves have unequal counts."""
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (BATCH, SIZE, SIZE, 3))
    if poisoned:
        images[-1, 5, 5] = np.nan
    corners = rng.uniform(0, 60, (BATCH, 3, 2))
    boxes = np.concatenate(
        [corners, corners + rng.uniform(8, 68, (BATCH, 3, 2))], axis=-1
    )
    points = corners[:, :, None] + rng.uniform(0, 40, (BATCH, 3, KEYPOINTS, 2))
    labelled = rng.integers(0, 3, (BATCH, 3, KEYPOINTS, 1))
    return images.astype("float32"), {
        "boxes": boxes.astype("float32"),
        "keypoints": np.concatenate([points, labelled], -1).astype("float32"),
        "count": np.arange(BATCH, dtype="int32"),
    }


def optimizer():
    """Two batches make a step; one with a NaN is left out."""
    # What the clipping is for: see `keras_drsi.evaluation.backend_probe`.
    sgd = keras.optimizers.SGD(
        1e-4,
        momentum=0.937,
        global_clipnorm=1.0,
        gradient_accumulation_steps=2,
    )
    return keras.optimizers.LossScaleOptimizer(sgd, initial_scale=1.0)


def results(folder, scope, share, rank):
    with scope():
        model = DRSINet(
            width=0.1,
            depth=0.1,
            block_type="bottleneck",
            keypoint_depth=0,
            keypoints=KEYPOINTS,
            input_size=SIZE,
            data_format="channels_last",
        )
        model.compile(optimizer())
    initial = folder / f"{keras.backend.backend()}.npz"
    if not initial.exists():
        np.savez(initial, *model.get_weights())
    if rank == 0:  # who gives its weights to the others
        with np.load(initial) as weights:
            model.set_weights([weights[name] for name in weights.files])
    record = Record()
    batches = [share(*batch(is_poisoned)) for is_poisoned in POISONED]
    model.fit(
        functools.reduce(lambda some, more: some.concatenate(more), batches),
        epochs=len(POISONED),
        steps_per_epoch=1,
        verbose=0,
        callbacks=[SameStart(), record],
    )
    return {**record.found, "losses": record.losses}


class Record(keras.callbacks.Callback):
    """The losses, and the variables after some of the batches."""

    def __init__(self):
        super().__init__()
        self.losses, self.found = [], {}

    def on_epoch_end(self, epoch, logs=None):
        number = epoch + 1
        self.losses.append(logs["loss"])
        if number in (1, 2, len(POISONED)):
            self.found |= variables(number, self.model.optimizer)
            self.found |= variables(number, self.model)


def variables(number, owner):
    """The variables of model or optimizer after so many batches."""
    return {
        f"{number}/{variable.path}": keras.ops.convert_to_numpy(variable)
        for variable in owner.variables
    }


def dataset(images, targets):
    import tensorflow as tf

    return tf.data.Dataset.from_tensors((images, targets))


def train(folder, devices, rank):
    backend = keras.backend.backend()
    # Rounding in float32 grows, in a network of unlucky weights, to a
    # thousandth of the gradient.
    keras.config.set_dtype_policy("float64")
    keras.utils.set_random_seed(0)
    scope, share = contextlib.nullcontext, dataset
    if backend == "tensorflow":
        import tensorflow as tf

        # Improving the graph would take most of the time.
        tf.config.optimizer.set_experimental_options(
            {"disable_meta_optimizer": True}
        )
    if devices == 2 and backend == "tensorflow":
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * 2,
        )
        scope = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope
    elif devices == 2 and backend == "jax":
        assert len(keras.distribution.list_devices()) == 2
        keras.distribution.set_distribution(keras.distribution.DataParallel())
    elif devices == 2:
        import torch

        torch.distributed.init_process_group(
            "gloo", f"file://{folder}/group", rank=rank, world_size=2
        )
        mine = slice(rank * BATCH // 2, (rank + 1) * BATCH // 2)

        def share(images, targets):
            own = {name: values[mine] for name, values in targets.items()}
            return dataset(images[mine], own)

    found = results(folder, scope, share, rank)
    np.savez(folder / f"{backend}-{devices}-{rank}.npz", **found)


if __name__ == "__main__":
    train(pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
