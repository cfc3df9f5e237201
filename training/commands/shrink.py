"""Writes a trained network in half the space, for shipping.

drsi shrink model.keras --out small.keras
"""

import argparse

from keras_drsi.models.presets import find_weights
from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi shrink",
        description="Write a trained network with weights of 16 bits and "
        "without the state of the optimizer. It loads like any other .keras "
        "file.",
    )
    parser.add_argument("weights", help=".keras file")
    parser.add_argument("--out", required=True, help="new .keras file")
    args = parser.parse_args(argv)
    from keras_drsi.checkpoints.shrink import shrink

    shrink(args.weights, args.out)
    before, after = (
        f"{find_weights(path).stat().st_size / 1e6:.1f} MB"
        for path in (args.weights, args.out)
    )
    print(f"{args.out}: {after} instead of {before}")


if __name__ == "__main__":
    run(main)
