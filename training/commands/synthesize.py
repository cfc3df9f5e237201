"""Writes a data set of synthetic people: `drsi synthesize`."""

import argparse

from keras_drsi.data.synthetic import CALM, EVERYDAY
from training.command_line import run

CROWDS = {"everyday": EVERYDAY, "calm": CALM}


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi synthesize",
        description="Write images of synthetic people with exact COCO "
        "keypoints, as a directory in COCO's layout.",
    )
    parser.add_argument("--out", required=True, help="new directory")
    parser.add_argument(
        "--train",
        type=int,
        default=2000,
        help="training images (default %(default)s)",
    )
    parser.add_argument(
        "--val",
        type=int,
        default=200,
        help="validation images (default %(default)s)",
    )
    parser.add_argument(
        "--image-size",
        type=int,
        nargs="+",
        default=[320],
        metavar="S",
        help="in pixels: one number for squares, or width and height "
        "(default 320)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed (default %(default)s)"
    )
    parser.add_argument(
        "--crowd",
        choices=CROWDS,
        default="everyday",
        help="calm: people in full view who stand or walk, mostly towards the "
        "camera, arms at their sides (default %(default)s)",
    )
    arguments = parser.parse_args(argv)
    from keras_drsi.data.synthetic import write_synthetic_people

    size = arguments.image_size
    write_synthetic_people(
        arguments.out,
        arguments.train,
        arguments.val,
        size[0] if len(size) == 1 else size,
        arguments.seed,
        CROWDS[arguments.crowd],
    )
    print(f"{arguments.out}: {arguments.train} + {arguments.val} images")


if __name__ == "__main__":
    run(main)
