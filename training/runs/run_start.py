"""Starting and resuming a run of `drsi train`."""

import dataclasses
import pathlib

import keras

from keras_drsi.checkpoints.trained_model import weights_file
from keras_drsi.errors import InputError
from keras_drsi.evaluation.evaluate_model import pose_evaluation
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

# Settings that do not affect the trained weights.
LOOKING_ON = "samples_every", "tensorboard"


def new_run(options, given, devices):
    """Starts a new run in a new folder.

    Args:
        options: dict of the options `data`, `val_data`, `hold_out`, `schema`,
            `out` and `recipe` of the command.
        given: dict of settings that override those of the recipe.
        devices: devices to train on, see `find_devices`.

    Returns:
        Tuple of the `pathlib.Path` of the folder, a pair of the training data
        (`Mixture`) and the validation data (`CocoPoses`), and the
        `TrainingSettings`.

    Raises:
        InputError: if an option, a setting or the data is invalid.
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
        # Written first, to allow resuming if the images are interrupted.
        write_settings(settings, COCO_PERSON, data, out)
        return out, read_both(_synthetic_people(out, settings)), settings
    # Read before the folder is created: invalid data must not leave one.
    poses = read_both(data, schema_file=options["schema"])
    pose_evaluation(poses[1])  # raises for data that cannot be evaluated
    out = new_output_folder(options["out"])
    write_settings(settings, poses[0].schema, data, out)
    return out, poses, settings


def interrupted_run(options, given, devices):
    """Resumes a run in its folder, `options["resume"]`.

    Args:
        options: see `new_run`.
        given: see `new_run`.
        devices: see `new_run`.

    Returns:
        See `new_run`.

    Raises:
        InputError: if the run cannot be resumed with these settings.
    """
    out = pathlib.Path(options["resume"])
    settings, schema, data, backend = read_run(out)
    for name, value in given.items():
        former = getattr(settings, name)
        if name in LOOKING_ON or (name == "epochs" and value > former):
            continue
        if value != former:
            raise InputError(
                f"{name}: expected {former}, as in {out}, got {value}. Only "
                "epochs can be increased; start a new run for anything else."
            )
    former_epochs = settings.epochs
    settings = dataclasses.replace(settings, **given)
    _check_can_run(settings, devices)
    from keras_drsi.callbacks import RunState

    state = RunState(out / "state", {})
    done = state.epochs()
    for fault in state.faults():
        print(fault)
    # A run killed after its last epoch has yet to write last.keras.
    if done >= settings.epochs and (out / "last.keras").exists():
        raise InputError(
            f"{out}: all {done} epochs are complete. Pass a larger --epochs to "
            "continue."
        )
    if SYNTHETIC in data.paths and not (out / "data").exists():
        _synthetic_people(out, settings)
    poses = read_both(data.in_folder(out), schema)
    if settings.epochs > former_epochs and (out / "last.keras").exists():
        # Kept, but no longer the last one of the run.
        (out / "last.keras").rename(out / f"last-{former_epochs:04d}.keras")
    remove_unfinished(out)
    print(f"{out}: resuming after epoch {done} of {settings.epochs}")
    if backend != keras.backend.backend():
        print(
            f"{out}: started with {backend}, resuming with "
            f"{keras.backend.backend()}. Results agree up to rounding only."
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
    """Reads the training and validation data, and reports what was skipped.

    Args:
        data: `TrainingData`, or the path of a single data set.
        schema: see `TrainingData.read_train`.
        schema_file: see `TrainingData.read_train`.

    Returns:
        Tuple of the training data (`Mixture`) and the validation data
        (`CocoPoses`), with the same schema.

    Raises:
        InputError: if a data set is invalid.
    """
    data = TrainingData.of(data)
    mixture = data.read_train(schema, schema_file)
    val_poses = data.read_val(mixture)
    for poses in (*mixture.sets, val_poses):
        print(poses.report)
    if len(mixture.sets) > 1:
        print(mixture)
    return mixture, val_poses
