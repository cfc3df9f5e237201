"""Training steps on one or two devices, as a program of its own.

KERAS_BACKEND=torch python tests/training/device_steps.py FOLDER DEVICES RANK

The first run leaves its initial weights in FOLDER, and each its results.
"""

import contextlib
import pathlib
import sys

import keras
import numpy as np

from keras_drsi import DRSINet

BATCH, SIZE, KEYPOINTS, STEPS = 4, 64, 3, 4


def batch(poisoned=False):
    """Pictures with 0 to 3 persons, so that the halves have unequal counts."""
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (BATCH, SIZE, SIZE, 3))
    if poisoned:
        images[-1, 5, 5] = np.nan
    corners = rng.uniform(0, 30, (BATCH, 3, 2))
    boxes = np.concatenate(
        [corners, corners + rng.uniform(8, 34, (BATCH, 3, 2))], axis=-1
    )
    points = corners[:, :, None] + rng.uniform(0, 20, (BATCH, 3, KEYPOINTS, 2))
    labelled = rng.integers(0, 3, (BATCH, 3, KEYPOINTS, 1))
    return images.astype("float32"), {
        "boxes": boxes.astype("float32"),
        "keypoints": np.concatenate([points, labelled], -1).astype("float32"),
        "count": np.arange(BATCH, dtype="int32"),
    }


def sgd(**options):
    return keras.optimizers.SGD(
        1e-4, momentum=0.937, global_clipnorm=1.0, **options
    )


def accumulating():
    """Two batches make a step; one with a NaN is left out."""
    return keras.optimizers.LossScaleOptimizer(
        sgd(gradient_accumulation_steps=2), initial_scale=1.0
    )


def results(folder, scope, share):
    with scope():
        model = DRSINet(
            width=0.1,
            keypoint_depth=0,
            keypoints=KEYPOINTS,
            input_size=SIZE,
            data_format="channels_last",
        )
    initial = folder / f"{keras.backend.backend()}.weights.h5"
    if not initial.exists():
        model.save_weights(initial)
    found = {}
    for name, optimizer, poisoned in (
        ("plain", sgd, [False] * STEPS),
        ("accumulated", accumulating, [False, False, True, False, False]),
    ):
        model.load_weights(initial)
        with scope():
            model.compile(optimizer())
        losses = []
        for is_poisoned in poisoned:
            history = model.fit(share(*batch(is_poisoned)), verbose=0)
            losses.append(history.history["loss"][0])
        found[f"{name}/losses"] = losses
        for variable in model.weights + model.optimizer.variables:
            values = keras.ops.convert_to_numpy(variable)
            found[f"{name}/variables/{variable.path}"] = values
    return found


def dataset(images, targets):
    import tensorflow as tf

    return tf.data.Dataset.from_tensors((images, targets))


def train(folder, devices, rank):
    backend = keras.backend.backend()
    scope, share = contextlib.nullcontext, dataset
    if devices == 2 and backend == "tensorflow":
        import tensorflow as tf

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

    found = results(folder, scope, share)
    np.savez(folder / f"{backend}-{devices}-{rank}.npz", **found)


if __name__ == "__main__":
    train(pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
