"""Writes a data set of synthetic people: `drsi synthesize`."""

import argparse

from keras_drsi.data.synthetic import CALM, EVERYDAY, write_synthetic_people
from training.command_line import run

CROWDS = {"everyday": EVERYDAY, "calm": CALM}


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi synthesize",
        description="Write pictures of synthetic people with exact COCO "
        "keypoints, as a directory in COCO's own layout.",
    )
    parser.add_argument("--out", required=True, help="new directory")
    parser.add_argument(
        "--train", type=int, default=2000, help="images to learn from (2000)"
    )
    parser.add_argument(
        "--val", type=int, default=200, help="images to evaluate on (200)"
    )
    parser.add_argument(
        "--image-size",
        type=int,
        nargs="+",
        default=[320],
        metavar="S",
        help="pixels: one number for squares, or width and height (320)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="default %(default)s"
    )
    parser.add_argument(
        "--crowd",
        choices=CROWDS,
        default="everyday",
        help="calm: people who wait or walk in full view, mostly towards the "
        "camera, arms at their sides",
    )
    arguments = parser.parse_args(argv)
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
