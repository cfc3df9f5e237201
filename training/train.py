"""Trains a network on a COCO directory: `python -m training.train --help`."""

import argparse
import functools
import logging
import sys

import keras

from keras_drsi.checkpoints import load_trained_model
from keras_drsi.checkpoints.warm_start import head_config, warm_start
from keras_drsi.models.drsi_net import DRSINet
from training.anchors import anchors_for
from training.command_line import run
from training.devices import OneDevice, find_devices
from training.mean_pose import mean_pose
from training.new_file import new_file
from training.recipes import RECIPES
from training.run_folder import SYNTHETIC
from training.run_start import interrupted_run, new_run
from training.settings import ANCHORS, JIT_COMPILE, OPTIMIZERS, PRECISIONS

# Of the validation data, on which the network's growth is watched.
WATCHED_IMAGES = 4


def train(
    train_poses,
    val_poses,
    settings,
    out,
    more_callbacks=None,
    devices=OneDevice(),
):
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
        devices: what to train on, see `find_devices`.

    Returns:
        The trained `DRSINet`; the averaged one if there is an average.
    """
    from keras_drsi.callbacks.soundness_log import SoundnessLog
    from training.callbacks import (
        EvaluateAP,
        LearningCurves,
        RunLog,
        RunState,
        SameStart,
        SaveBest,
        SkippedSteps,
        WeightAverage,
    )
    from training.data.pipeline import evaluation_batches
    from training.fit import compile_network, fit_network

    average = None
    if settings.average_decay is not None:
        average = WeightAverage(
            settings.average_decay,
            settings.average_ramp,
            every=settings.accumulated_batches,
        )
    best = SaveBest(out / "best.keras", average)
    skipped = SkippedSteps(
        lambda: f"{state.last_good()}, the best {out / 'best.keras'}"
    )
    state = RunState(out / "state", {"best": best, "skipped": skipped}, average)
    done = state.epochs()
    keras.utils.set_random_seed(settings.seed)
    with devices.scope():
        model = _network(train_poses, settings, out, not done)
        compile_network(model, train_poses, settings)
    batches = evaluation_batches(
        val_poses, settings.input_size, WATCHED_IMAGES, model.data_format
    )
    images = next(iter(batches))[0].numpy()
    callbacks = [
        *([average] if average else []),
        skipped,
        EvaluateAP(
            val_poses,
            settings.input_size,
            settings.batch_size,
            settings.evaluate_every,
            average,
        ),
        SoundnessLog(images, settings.evaluate_every, average),
        best,
        *(more_callbacks(average) if more_callbacks else []),
        RunLog(out / "log.csv"),
        LearningCurves(out / "log.csv", out / "curves.png"),
        state,
        SameStart(),
    ]
    if keras.backend.backend() != "torch" or settings.jit_compile == "on":
        print("The first step compiles the network: minutes on a CPU.")
    with devices.together(out) as share:
        fit_network(model, train_poses, settings, done, share, callbacks)
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
        **settings.network,
        "input_size": settings.input_size,
        "keypoints": train_poses.schema,
        "loss_config": settings.loss,
        "dtype": settings.precision,
        "remat": settings.remat,
    }
    if settings.anchors == "data":
        config["anchors"] = anchors_for(train_poses, settings.input_size)
    elif settings.anchors != "preset":
        config["anchors"] = settings.anchors
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
    devices = find_devices(options["devices"])
    prepare = interrupted_run if options["resume"] else new_run
    out, data, settings = prepare(options, given, devices)
    train_poses, val_poses = data
    try:
        train(
            train_poses,
            val_poses,
            settings,
            out,
            functools.partial(_watching, settings, val_poses, out),
            devices,
        )
    except KeyboardInterrupt:
        print(
            "\ninterrupted; to go on after the last complete epoch: "
            f"python -m training.train --resume {out}",
            file=sys.stderr,
        )
        return 130
    print(f"{out}: best.keras, last.keras, log.csv, curves.png, settings.json")
    return 0


def _watching(settings, val_poses, out, average):
    """Callbacks that only look on."""
    from training.callbacks import SamplePredictions

    callbacks = []
    if settings.samples_every is not None:
        callbacks.append(
            SamplePredictions(
                val_poses, out / "samples", settings.samples_every, average
            )
        )
    if settings.tensorboard:
        callbacks.append(keras.callbacks.TensorBoard(out / "tensorboard"))
    return callbacks


# Arguments that are not settings.
OPTIONS = (
    "data",
    "schema",
    "out",
    "resume",
    "recipe",
    "devices",
)


def _in_short(settings):
    return (
        f"{settings.preset} at {settings.input_size} pixels, "
        f"{settings.epochs} epochs"
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
        "as the settings.json of an earlier run (default short: "
        f"{_in_short(RECIPES['short'])}; synthetic: "
        f"{_in_short(RECIPES['synthetic'])})",
    )
    parser.add_argument(
        "--devices",
        type=int,
        default=1,
        metavar="N",
        help="train on N devices of this machine, which divide every batch",
    )
    settings = parser.add_argument_group("settings, instead of the recipe's")
    settings.add_argument(
        "--preset",
        metavar="P",
        help="network, such as drsi_net_s; a wrong name lists them all",
    )
    settings.add_argument(
        "--input-size",
        type=int,
        metavar="S",
        help="side of the input in pixels, a multiple of 64",
    )
    settings.add_argument(
        "--training-sizes",
        type=int,
        nargs="+",
        metavar="S",
        help="sides of the training pictures, of which each batch has one; "
        "evaluation stays at the input size",
    )
    settings.add_argument(
        "--anchors",
        choices=ANCHORS,
        help="the preset's, or new ones that suit the training data",
    )
    settings.add_argument(
        "--epochs", type=int, metavar="E", help="passes over the data"
    )
    settings.add_argument(
        "--batch-size", type=int, metavar="B", help="pictures in a batch"
    )
    settings.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="of initial weights, order and augmentation",
    )
    settings.add_argument(
        "--optimizer",
        choices=OPTIMIZERS,
        help="lamb learns much in few steps; sgd is the paper's",
    )
    settings.add_argument(
        "--learning-rate",
        type=float,
        metavar="R",
        help="highest rate, after the warm-up",
    )
    settings.add_argument(
        "--close-mosaic",
        type=int,
        metavar="N",
        help="number of last epochs without mosaic",
    )
    settings.add_argument(
        "--precision", choices=PRECISIONS, help="dtype policy of the network"
    )
    settings.add_argument(
        "--remat",
        action="store_true",
        help="less memory for more time: compute activations twice",
    )
    settings.add_argument(
        "--jit-compile",
        choices=JIT_COMPILE,
        help="whether XLA, or torch.compile, makes one program of a training "
        "step; by default what Keras chooses",
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
    elif args.data == SYNTHETIC and hasattr(args, "schema"):
        parser.error("--schema: synthetic people have COCO's keypoints")
    return args


if __name__ == "__main__":
    run(main)
