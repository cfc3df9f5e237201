"""`drsi COMMAND ...`: finds one command and imports that one alone."""

import argparse
import importlib
import sys

from keras_drsi.errors import InputError
from keras_drsi.models.presets import closest_name
from keras_drsi.version import __version__
from training.command_line import run

COMMANDS = {
    "train": "train a network on a COCO data set",
    "predict": "find poses in images, folders, videos or a camera",
    "evaluate": "COCO keypoint AP of a network, or of a results file",
    "export": "write a network for deployment: ONNX, LiteRT, ...",
    "quantize": "turn an exported network into 8 bits",
    "check-labels": "draw the labels of a data set",
    "anchors": "find anchors for a data set",
    "synthesize": "write a data set of synthetic people",
    "convert": "turn a YOLO-Pose checkpoint into a Keras file",
    "shrink": "write a trained network in half the space",
    "curves": "draw the learning curves of a run",
    "profile": "parameters and GMACS of the paper's tables",
    "compare-backends": "the same weights under every installed backend",
    "compare-networks": "train several networks alike, compare their AP",
    "demo": "data, training, evaluation and export in one go",
}


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in COMMANDS:
        module = argv[0].replace("-", "_")
        command = importlib.import_module(f"training.commands.{module}")
        return command.main(argv[1:])
    parser = _parser()
    name = parser.parse_args(argv[:1]).command
    if name is not None:
        raise InputError(
            f"unknown command {name!r}{closest_name(name, COMMANDS) or ';'} "
            "drsi --help lists all of them."
        )
    parser.print_help(sys.stderr)
    return 2


def _parser():
    width = max(map(len, COMMANDS))
    parser = argparse.ArgumentParser(
        prog="drsi",
        usage="drsi COMMAND ...",
        description="Multi-person 2D pose estimation with DRSI-Net.",
        epilog="commands:\n"
        + "\n".join(f"  {n:<{width}}  {h}" for n, h in COMMANDS.items())
        + "\n\n'drsi COMMAND --help' lists the arguments of a command. The "
        "backend of Keras\nis that of KERAS_BACKEND: tensorflow, jax or torch.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument(
        "--version", action="version", version=f"keras-drsi {__version__}"
    )
    return parser


def console():
    """The console script `drsi`."""
    run(main)
