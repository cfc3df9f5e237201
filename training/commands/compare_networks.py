"""Trains several networks alike and compares their AP.

drsi compare-networks --data synthetic --out comparison
"""

import argparse
import dataclasses
import pathlib

from keras_drsi.files.new_file import new_file
from training.command_line import run
from training.data_arguments import add_data_arguments
from training.runs.network_comparison import (
    NETWORKS,
    compare_networks,
    comparison_table,
)
from training.runs.recipes import RECIPES, find_recipe
from training.runs.run_folder import TRAIN_IMAGES, VAL_IMAGES
from training.runs.training_data import SYNTHETIC, TrainingData


def main(argv=None):
    args = _arguments(argv)
    settings = find_recipe(args.recipe)
    for name in ("input_size", "batch_size"):
        if (value := getattr(args, name)) is not None:
            settings = dataclasses.replace(settings, **{name: value})
    data = TrainingData.from_texts(
        args.data or [SYNTHETIC], args.val_data, args.hold_out
    )
    if SYNTHETIC in data.paths:
        data = _synthetic_people(pathlib.Path(args.out) / "data", settings)
    results = compare_networks(
        data, args.out, settings, args.steps, args.networks, args.seeds
    )
    print(comparison_table(results))


def _synthetic_people(folder, settings):
    from keras_drsi.data.synthetic import CALM, write_synthetic_people

    if not folder.exists():
        with new_file(folder) as unfinished:
            write_synthetic_people(
                unfinished,
                TRAIN_IMAGES,
                VAL_IMAGES,
                settings.input_size,
                seed=0,
                crowd=CALM,
            )
    return folder


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="drsi compare-networks",
        description="Train networks of equal width alike, with several seeds "
        "each, and print the mean and standard deviation of their AP. Run "
        "again, it continues where it was interrupted.",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="folder of the runs"
    )
    parser.add_argument(
        "--recipe",
        default="synthetic",
        metavar="NAME",
        help=f"settings of all: {', '.join(RECIPES)}, or a .json file "
        "(default %(default)s)",
    )
    parser.add_argument(
        "--input-size", type=int, metavar="S", help="instead of the recipe's"
    )
    parser.add_argument(
        "--batch-size", type=int, metavar="B", help="instead of the recipe's"
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=2000,
        metavar="N",
        help="training steps of each (default %(default)s)",
    )
    parser.add_argument(
        "--networks",
        nargs="+",
        default=list(NETWORKS),
        metavar="NAME",
        help="what to train (default %(default)s)",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        nargs="+",
        default=[0, 1, 2],
        metavar="N",
        help="one run of each network per seed (default %(default)s)",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
