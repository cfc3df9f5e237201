"""How a run of `training.train` begins, or goes on."""

import dataclasses
import os
import pathlib

import keras

from keras_drsi.checkpoints.trained_model import weights_file
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from training.data.coco import read_coco
from training.evaluate import pose_evaluation
from training.new_file import remove_unfinished
from training.output_folder import new_output_folder
from training.packages import check_installed
from training.recipes import find_recipe
from training.run_folder import (
    SYNTHETIC,
    TRAIN_IMAGES,
    VAL_IMAGES,
    read_run,
    write_settings,
)

# Settings that change nothing of what is learnt.
LOOKING_ON = "samples_every", "tensorboard"


def new_run(options, given, devices):
    """A new run in a folder of its own.

    Args:
        options: dict of `data`, `schema`, `out` and `recipe`, as the command
            has them.
        given: dict of settings instead of the recipe's.
        devices: what to train on, see `find_devices`.

    Returns:
        the folder, the `CocoPoses` to learn from and to evaluate on, and the
        `TrainingSettings`.

    Raises:
        InputError: if anything about it cannot be used.
    """
    settings = find_recipe(options["recipe"] or "short")
    settings = dataclasses.replace(settings, **given)
    _check_can_run(settings, devices)
    if settings.initial_weights is not None:
        weights_file(settings.initial_weights)
    if options["data"] == SYNTHETIC:
        out = new_output_folder(options["out"])
        # First, so that it can go on if the pictures are interrupted.
        write_settings(settings, COCO_PERSON, SYNTHETIC, out)
        return out, read_both(_synthetic_people(out, settings)), settings
    # Data at fault must not leave an empty folder behind.
    data = read_both(options["data"], schema_file=options["schema"])
    pose_evaluation(data[1])  # refuses what could not be evaluated later
    out = new_output_folder(options["out"])
    source = os.path.abspath(options["data"])
    write_settings(settings, data[0].schema, source, out)
    return out, data, settings


def interrupted_run(options, given, devices):
    """A run that goes on in its folder, `options["resume"]`.

    Args, Returns, Raises: see `new_run`.
    """
    out = pathlib.Path(options["resume"])
    settings, schema, source, data, backend = read_run(out)
    for name, value in given.items():
        former = getattr(settings, name)
        if name in LOOKING_ON or (name == "epochs" and value > former):
            continue
        if value != former:
            raise InputError(
                f"{name}: the run in {out} has {former}, got {value}; a run "
                "can only get more epochs, anything else is a new run."
            )
    former_epochs = settings.epochs
    settings = dataclasses.replace(settings, **given)
    _check_can_run(settings, devices)
    from training.callbacks import RunState

    state = RunState(out / "state", {})
    done = state.epochs()
    for fault in state.faults():
        print(fault)
    # Killed after the last epoch, a run has yet to write its last file.
    if done >= settings.epochs and (out / "last.keras").exists():
        raise InputError(
            f"{out}: all {done} epochs are done; --epochs with a larger "
            "number goes on."
        )
    if source == SYNTHETIC and not data.exists():
        _synthetic_people(out, settings)
    poses = read_both(data, schema)
    if settings.epochs > former_epochs and (out / "last.keras").exists():
        # It stays, but is no longer the run's last.
        (out / "last.keras").rename(out / f"last-{former_epochs:04d}.keras")
    remove_unfinished(out)
    print(f"{out}: going on after epoch {done} of {settings.epochs}")
    if backend != keras.backend.backend():
        print(
            f"{out}: begun on {backend}, going on on {keras.backend.backend()}"
            ", which is the same to rounding only"
        )
    write_settings(settings, schema, source, out)
    return out, poses, settings


def _check_can_run(settings, devices):
    devices.check_batch(settings.batch_size)
    if settings.tensorboard:
        check_installed("--tensorboard", ["tensorboard"])


def _synthetic_people(out, settings):
    from training.data.synthetic import CALM, write_synthetic_people

    print(f"Writing synthetic people to {out / 'data'}")
    write_synthetic_people(
        out / "data",
        train_images=TRAIN_IMAGES,
        val_images=VAL_IMAGES,
        image_size=settings.input_size,
        seed=settings.seed,
        crowd=CALM,
    )
    return out / "data"


def read_both(data, schema=None, schema_file=None):
    """The pictures to learn from and to evaluate on; what was skipped is said.

    Args: see `read_coco`.

    Returns:
        `CocoPoses` of `train` and of `val`, of one schema.

    Raises:
        InputError: if one of them cannot be used.
    """
    train_poses = read_coco(data, "train", schema, schema_file)
    val_poses = read_coco(data, "val", train_poses.schema)
    for poses in (train_poses, val_poses):
        print(poses.report)
    return train_poses, val_poses
