"""Trains a network on a COCO directory: `drsi train --help`."""

import argparse
import functools
import logging
import sys

from training.command_line import run
from training.data_arguments import add_data_arguments
from training.runs.recipes import RECIPES
from training.runs.settings import (
    ANCHORS,
    JIT_COMPILE,
    OPTIMIZERS,
    PRECISIONS,
    TrainingSettings,
)
from training.runs.training_data import SYNTHETIC


def main(argv=None):
    given = vars(_arguments(argv))
    from training.runs.devices import find_devices
    from training.runs.run_start import interrupted_run, new_run
    from training.runs.train import train

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
            "\ninterrupted; to continue after the last complete epoch: "
            f"drsi train --resume {out}",
            file=sys.stderr,
        )
        return 130
    print(f"{out}: best.keras, last.keras, log.csv, curves.png, settings.json")
    return 0


def _watching(settings, val_poses, out, average):
    """Callbacks that observe the training without changing it."""
    import keras

    from keras_drsi.callbacks import SamplePredictions

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
    "val_data",
    "hold_out",
    "schema",
    "out",
    "resume",
    "recipe",
    "devices",
)


def _summary(recipe):
    preset, input_size, epochs = (
        RECIPES[recipe].get(name, getattr(TrainingSettings, name))
        for name in ("preset", "input_size", "epochs")
    )
    return f"{recipe}: {preset} at {input_size} pixels, {epochs} epochs"


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="drsi train",
        description="Train a network on a directory in COCO's layout "
        "(annotations/person_keypoints_{train,val}2017.json beside "
        "{train,val}2017/), evaluating its AP as it goes.",
        # What is not given comes from the recipe, or from the resumed run.
        argument_default=argparse.SUPPRESS,
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--schema",
        metavar="FILE",
        help="JSON file with swap_pairs, sigmas or skeleton, for keypoints "
        "other than COCO's; see drsi check-labels",
    )
    parser.add_argument("--out", metavar="DIR", help="new folder")
    parser.add_argument(
        "--resume",
        metavar="DIR",
        help="continue the run in this folder after its last complete epoch; "
        "--epochs may be larger than before",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help=f"settings to start from: {', '.join(RECIPES)}, or a .json file "
        "such as the settings.json of an earlier run (default "
        f"{_summary('short')}; {_summary('synthetic')})",
    )
    parser.add_argument(
        "--devices",
        type=int,
        default=1,
        metavar="N",
        help="number of devices of this machine that share every batch "
        "(default %(default)s)",
    )
    settings = parser.add_argument_group("settings, instead of the recipe's")
    settings.add_argument(
        "--preset",
        metavar="P",
        help="network, such as drsi_net_s; an unknown name lists them all",
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
        help="input sizes for multi-scale training, one per batch; evaluation "
        "stays at --input-size",
    )
    settings.add_argument(
        "--anchors",
        choices=ANCHORS,
        help="those of the preset, or new ones for the training data",
    )
    settings.add_argument(
        "--epochs", type=int, metavar="E", help="passes over the data"
    )
    settings.add_argument(
        "--batch-size", type=int, metavar="B", help="images in a batch"
    )
    settings.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="of initial weights, data order and augmentation",
    )
    settings.add_argument(
        "--optimizer",
        choices=OPTIMIZERS,
        help="adamw learns much in few steps; sgd is the paper's",
    )
    settings.add_argument(
        "--learning-rate",
        type=float,
        metavar="R",
        help="peak rate, after the warmup",
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
        help="recompute activations in the backward pass: less memory, more "
        "time",
    )
    settings.add_argument(
        "--jit-compile",
        choices=JIT_COMPILE,
        help="whether the training step is compiled by XLA or torch.compile; "
        "by default what Keras chooses",
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
        help="trained network or YOLO-Pose checkpoint to start from; prints "
        "which weights were loaded",
    )
    watching = parser.add_argument_group("monitoring")
    watching.add_argument(
        "--samples-every",
        type=int,
        metavar="N",
        help="draw predictions beside the ground truth every N epochs",
    )
    watching.add_argument(
        "--tensorboard", action="store_true", help="also log for TensorBoard"
    )
    args = parser.parse_args(argv)
    if hasattr(args, "resume"):
        for name in ("data", "val_data", "hold_out", "schema", "out", "recipe"):
            if hasattr(args, name):
                option = name.replace("_", "-")
                parser.error(f"--resume: the run has its own --{option}")
    elif not (hasattr(args, "data") and hasattr(args, "out")):
        parser.error("give --data and --out, or --resume")
    elif SYNTHETIC in args.data and hasattr(args, "schema"):
        parser.error("--schema: synthetic people have COCO's keypoints")
    return args


if __name__ == "__main__":
    run(main)
