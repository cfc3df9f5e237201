"""How a run of `drsi train` begins, or goes on."""

import dataclasses
import pathlib

import keras

from keras_drsi.checkpoints.trained_model import weights_file
from keras_drsi.errors import InputError
from keras_drsi.evaluation.evaluate_model import keypoint_ap
from keras_drsi.extras import check_installed
from keras_drsi.files.new_file import remove_unfinished
from keras_drsi.files.output_folder import new_output_folder
from keras_drsi.keypoints import COCO_PERSON
from training.runs.recipes import find_recipe
from training.runs.run_folder import (
    TRAIN_IMAGES,
    VAL_IMAGES,
    read_run,
    write_settings,
)
from training.runs.training_data import SYNTHETIC, TrainingData

# Settings that change nothing of what is learnt.
LOOKING_ON = "samples_every", "tensorboard"


def new_run(options, given, devices):
    """A new run in a folder of its own.

    Args:
        options: dict of `data`, `val_data`, `hold_out`, `schema`, `out` and
            `recipe`, as the command has them.
        given: dict of settings instead of the recipe's.
        devices: what to train on, see `find_devices`.

    Returns:
        the folder, the `Mixture` to learn from and the `CocoPoses` to
        evaluate on, and the `TrainingSettings`.

    Raises:
        InputError: if anything about it cannot be used.
    """
    settings = find_recipe(options["recipe"] or "short")
    settings = dataclasses.replace(settings, **given)
    _check_can_run(settings, devices)
    if settings.initial_weights is not None:
        weights_file(settings.initial_weights)
    data = TrainingData.from_texts(
        options["data"], options["val_data"], options["hold_out"]
    )
    if SYNTHETIC in data.paths:
        out = new_output_folder(options["out"])
        # First, so that it can go on if the pictures are interrupted.
        write_settings(settings, COCO_PERSON, data, out)
        return out, read_both(_synthetic_people(out, settings)), settings
    # Data at fault must not leave an empty folder behind.
    poses = read_both(data, schema_file=options["schema"])
    keypoint_ap(poses[1])  # refuses what could not be evaluated later
    out = new_output_folder(options["out"])
    write_settings(settings, poses[0].schema, data, out)
    return out, poses, settings


def interrupted_run(options, given, devices):
    """A run that goes on in its folder, `options["resume"]`.

    Args, Returns, Raises: see `new_run`.
    """
    out = pathlib.Path(options["resume"])
    settings, schema, data, backend = read_run(out)
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
    from keras_drsi.callbacks import RunState

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
    if SYNTHETIC in data.paths and not (out / "data").exists():
        _synthetic_people(out, settings)
    poses = read_both(data.in_folder(out), schema)
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
    write_settings(settings, schema, data, out)
    return out, poses, settings


def _check_can_run(settings, devices):
    devices.check_batch(settings.batch_size)
    if settings.tensorboard:
        check_installed("--tensorboard", ["tensorboard"])


def _synthetic_people(out, settings):
    from keras_drsi.data.synthetic import CALM, write_synthetic_people

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
    """The images to learn from and to evaluate on; reports what was skipped.

    Args:
        data: `TrainingData`, or the path of a single data set.
        schema: see `TrainingData.read_train`.
        schema_file: see `TrainingData.read_train`.

    Returns:
        `Mixture` and `CocoPoses`, of one schema.

    Raises:
        InputError: if one of them cannot be used.
    """
    data = TrainingData.of(data)
    mixture = data.read_train(schema, schema_file)
    val_poses = data.read_val(mixture)
    for poses in (*mixture.sets, val_poses):
        print(poses.report)
    if len(mixture.sets) > 1:
        print(mixture)
    return mixture, val_poses
