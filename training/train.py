"""Trains a network on a COCO directory: `python -m training.train --help`."""

import argparse
import dataclasses
import functools
import json
import logging
import os
import pathlib

import keras

from keras_drsi.checkpoints import load_trained_model
from keras_drsi.checkpoints.warm_start import head_config, warm_start
from keras_drsi.errors import InputError
from keras_drsi.json_file import read_json
from keras_drsi.keypoints import KeypointSchema
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.version import __version__
from training.anchors import anchors_for
from training.command_line import run
from training.data.coco import read_coco
from training.mean_pose import mean_pose
from training.new_file import new_file
from training.optimizer import make_optimizer
from training.output_folder import new_output_folder
from training.recipes import RECIPES, find_recipe
from training.settings import (
    ANCHORS,
    OPTIMIZERS,
    PRECISIONS,
    TrainingSettings,
)

SYNTHETIC = "synthetic"


def train(train_poses, val_poses, settings, out, more_callbacks=None):
    """Trains a network and leaves everything about the run in a folder.

    A run that was interrupted goes on after its last complete epoch if the
    function is called again with the same arguments.

    Args:
        train_poses: `CocoPoses` to learn from.
        val_poses: `CocoPoses` to evaluate on.
        settings: `TrainingSettings`.
        out: existing folder. Gets `network.json`, `log.csv`, `curves.png`,
            `best.keras` (highest AP), `last.keras`, and `state`, from which
            a run goes on.
        more_callbacks: function of the run's `WeightAverage`, or None, that
            gives further callbacks for `fit`.

    Returns:
        The trained `DRSINet`; the averaged one if there is an average.
    """
    from training.callbacks import (
        EvaluateAP,
        LearningCurves,
        RunLog,
        RunState,
        SaveBest,
        SkippedSteps,
        WeightAverage,
    )
    from training.data.pipeline import steps_per_epoch, training_batches

    average = None
    if settings.average_decay is not None:
        average = WeightAverage(
            settings.average_decay,
            settings.average_ramp,
            every=settings.accumulated_batches,
        )
    best = SaveBest(out / "best.keras", average)
    skipped = SkippedSteps(out / "state")
    state = RunState(out / "state", {"best": best, "skipped": skipped}, average)
    keras.utils.set_random_seed(settings.seed)
    model = _network(train_poses, settings, out, is_new=not state.epochs())
    steps = steps_per_epoch(train_poses, settings.batch_size)
    model.compile(make_optimizer(settings, steps))
    model.fit(
        training_batches(
            train_poses,
            settings.input_size,
            settings.batch_size,
            settings.seed,
            first_epoch=state.epochs(),
            augmentation=settings.augmentation,
            mosaic_epochs=settings.epochs - settings.close_mosaic,
        ),
        epochs=settings.epochs,
        initial_epoch=state.epochs(),
        steps_per_epoch=steps,
        callbacks=[
            *([average] if average else []),
            skipped,
            EvaluateAP(
                val_poses,
                settings.input_size,
                settings.batch_size,
                settings.evaluate_every,
                average,
            ),
            best,
            *(more_callbacks(average) if more_callbacks else []),
            RunLog(out / "log.csv"),
            LearningCurves(out / "log.csv", out / "curves.png"),
            state,
        ],
    )
    trained = average.network if average else model
    with new_file(out / "last.keras") as unfinished:
        trained.save(unfinished)
    return trained


def _network(train_poses, settings, out, is_new):
    """The network at the start of a run, written down, or the one in there."""
    path = out / "network.json"
    if not is_new:
        return keras.models.model_from_json(path.read_text())
    model = make_model(train_poses, settings)
    with new_file(path) as unfinished:
        unfinished.write_text(model.to_json(indent=2))
    return model


def make_model(train_poses, settings):
    """The network at the start of a training.

    Args:
        train_poses: `CocoPoses` to learn from; fresh keypoint outputs start
            from their mean pose.
        settings: `TrainingSettings`.

    Returns:
        `DRSINet`, not compiled.
    """
    config = {
        "input_size": settings.input_size,
        "keypoints": train_poses.schema,
        "loss_config": settings.loss,
        "dtype": settings.precision,
        "remat": settings.remat,
    }
    if settings.anchors == "data":
        config["anchors"] = anchors_for(train_poses, settings.input_size)
    source = None
    if (weights := settings.weights_to_start_from()) is not None:
        source = load_trained_model(weights)
        config |= head_config(source)
    model = DRSINet.from_preset(settings.preset, initial_weights=None, **config)
    model.start_from_pose(mean_pose(train_poses))
    if source is not None:
        print(warm_start(model, source))
    return model


def main(argv=None):
    given = vars(_arguments(argv))
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    options = {name: given.pop(name, None) for name in OPTIONS}
    if options["resume"]:
        out, data, settings = _interrupted_run(options, given)
    else:
        out, data, settings = _new_run(options, given)
    train_poses, val_poses = data
    train(
        train_poses,
        val_poses,
        settings,
        out,
        functools.partial(_watching, options, val_poses, out),
    )
    print(f"{out}: best.keras, last.keras, log.csv, curves.png, settings.json")


def _new_run(options, given):
    settings = find_recipe(options["recipe"] or "short")
    settings = dataclasses.replace(settings, **given)
    if options["data"] == SYNTHETIC:
        out = new_output_folder(options["out"])
        data = _read(_synthetic_people(out, settings))
    else:
        # Data at fault must not leave an empty folder behind.
        data = _read(options["data"], schema_file=options["schema"])
        out = new_output_folder(options["out"])
    source = options["data"]
    if source != SYNTHETIC:
        source = os.path.abspath(source)
    write_settings(settings, data[0].schema, source, out)
    return out, data, settings


def _interrupted_run(options, given):
    out = pathlib.Path(options["resume"])
    path = out / "settings.json"
    record = read_json(path)
    if not isinstance(record, dict):
        raise InputError(f"{path}: expected the settings of a run.")
    settings = TrainingSettings.from_dict(record.get("settings"), str(path))
    for name, value in given.items():
        former = getattr(settings, name)
        if name == "epochs" and value > former:
            continue
        if value != former:
            raise InputError(
                f"{name}: the run in {out} has {former}, got {value}; a run "
                "can only get more epochs, anything else is a new run."
            )
    settings = dataclasses.replace(settings, **given)
    from training.callbacks import RunState

    done = RunState(out / "state", {}).epochs()
    # Killed after the last epoch, a run has yet to write its last file.
    if done >= settings.epochs and (out / "last.keras").exists():
        raise InputError(
            f"{out}: all {done} epochs are done; --epochs with a larger "
            "number goes on."
        )
    source = record.get("data")
    if source == SYNTHETIC:
        source = out / "data"
        if not source.exists():
            _synthetic_people(out, settings)
    schema = KeypointSchema(**read_json(out / "schema.json"))
    data = _read(source, schema)
    print(f"{out}: going on after epoch {done} of {settings.epochs}")
    write_settings(settings, schema, record.get("data"), out)
    return out, data, settings


def write_settings(settings, schema, data, out):
    """Writes all that is needed to repeat a run, or to go on with it.

    Args:
        settings: `TrainingSettings`.
        schema: `KeypointSchema` of the data.
        data: path of the COCO directory, or "synthetic" for the one in `out`.
        out: folder that gets `settings.json` and `schema.json`.
    """
    record = {
        "settings": dataclasses.asdict(settings),
        "data": data,
        "backend": keras.backend.backend(),
        "versions": {"keras": keras.__version__, "keras_drsi": __version__},
    }
    with new_file(out / "settings.json") as unfinished:
        unfinished.write_text(json.dumps(record, indent=2) + "\n")
    with new_file(out / "schema.json") as unfinished:
        unfinished.write_text(json.dumps(schema.get_config(), indent=2) + "\n")


def _watching(options, val_poses, out, average):
    """Callbacks that only look on."""
    from training.callbacks import SamplePredictions

    callbacks = []
    if options["samples_every"]:
        callbacks.append(
            SamplePredictions(
                val_poses, out / "samples", options["samples_every"], average
            )
        )
    if options["tensorboard"]:
        callbacks.append(keras.callbacks.TensorBoard(out / "tensorboard"))
    return callbacks


def _synthetic_people(out, settings):
    from training.data.synthetic import write_synthetic_people

    print(f"Writing synthetic people to {out / 'data'}")
    write_synthetic_people(
        out / "data",
        train_images=2000,
        val_images=200,
        image_size=settings.input_size,
        seed=settings.seed,
    )
    return out / "data"


def _read(data, schema=None, schema_file=None):
    train_poses = read_coco(data, "train", schema, schema_file)
    val_poses = read_coco(data, "val", train_poses.schema)
    for poses in (train_poses, val_poses):
        print(poses.report)
    return train_poses, val_poses


# Arguments that are not settings.
OPTIONS = (
    "data",
    "schema",
    "out",
    "resume",
    "recipe",
    "samples_every",
    "tensorboard",
)


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="python -m training.train",
        description="Train a network on a directory in COCO's layout "
        "(annotations/person_keypoints_{train,val}2017.json beside "
        "{train,val}2017/), evaluating its AP as it goes.",
        # What is not given comes from the recipe, or from the former run.
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        help=f"a directory in COCO's layout, or '{SYNTHETIC}' to write "
        "synthetic people into the output folder first",
    )
    parser.add_argument(
        "--schema",
        metavar="FILE",
        help="JSON file with swap_pairs, sigmas or skeleton, for keypoints "
        "other than COCO's; see training.check_labels",
    )
    parser.add_argument("--out", metavar="DIR", help="new folder")
    parser.add_argument(
        "--resume",
        metavar="DIR",
        help="go on with the run in this folder after its last complete "
        "epoch; --epochs may be larger than before",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help=f"settings to start from: {', '.join(RECIPES)}, or a .json file "
        "as the settings.json of an earlier run (default short)",
    )
    settings = parser.add_argument_group("settings, instead of the recipe's")
    settings.add_argument("--preset", metavar="P")
    settings.add_argument(
        "--input-size",
        type=int,
        metavar="S",
        help="side of the input in pixels, a multiple of 64",
    )
    settings.add_argument(
        "--anchors",
        choices=ANCHORS,
        help="the preset's, or new ones that suit the training data",
    )
    settings.add_argument("--epochs", type=int, metavar="E")
    settings.add_argument("--batch-size", type=int, metavar="B")
    settings.add_argument("--seed", type=int, metavar="N")
    settings.add_argument("--optimizer", choices=OPTIMIZERS)
    settings.add_argument("--learning-rate", type=float, metavar="R")
    settings.add_argument(
        "--close-mosaic",
        type=int,
        metavar="N",
        help="number of last epochs without mosaic",
    )
    settings.add_argument("--precision", choices=PRECISIONS)
    settings.add_argument(
        "--remat",
        action="store_true",
        help="less memory for more time: compute activations twice",
    )
    settings.add_argument(
        "--evaluate-every",
        type=int,
        metavar="N",
        help="epochs from one evaluation to the next",
    )
    settings.add_argument(
        "--initial-weights",
        metavar="FILE",
        help="trained network or YOLO-Pose checkpoint to start from; what "
        "was carried over is printed",
    )
    watching = parser.add_argument_group("watching")
    watching.add_argument(
        "--samples-every",
        type=int,
        metavar="N",
        help="draw predictions beside the truth every N epochs",
    )
    watching.add_argument(
        "--tensorboard", action="store_true", help="log for TensorBoard, too"
    )
    args = parser.parse_args(argv)
    if hasattr(args, "resume"):
        for name in ("data", "schema", "out", "recipe"):
            if hasattr(args, name):
                parser.error(f"--resume: the run has its own --{name}")
    elif not (hasattr(args, "data") and hasattr(args, "out")):
        parser.error("give --data and --out, or --resume")
    return args


if __name__ == "__main__":
    run(main)
