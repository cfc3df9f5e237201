"""Finds anchors for the persons of a data set.

drsi anchors --data DIR --input-size 640
drsi anchors --boxes FILE.npz --input-size 640
"""

import argparse
import json

from keras_drsi.errors import InputError
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.person_anchors import person_anchors
from training.command_line import run


def main(argv=None):
    args = _arguments(argv)
    import numpy as np

    from keras_drsi.data.anchors import (
        best_possible_recall,
        find_anchors,
        fitness,
        read_boxes,
        sizes_in_input,
    )
    from keras_drsi.models.csdr_net import check_image_size

    check_image_size(args.input_size, args.input_size)
    if args.seed < 0:
        raise InputError(f"--seed: expected >= 0, got {args.seed}.")
    read = read_boxes(args.boxes) if args.boxes else _read_persons(args.data)
    sizes = sizes_in_input(*read, args.input_size)
    presets = person_anchors((args.input_size,) * 2)
    anchors = np.round(find_anchors(sizes, args.seed)).astype(int)
    print(
        f"{len(sizes)} boxes in an input of {args.input_size} pixels\n"
        f"{'':<22}{'recall':>8}{'fitness':>9}"
    )
    for name, each in (("anchors of the presets", presets), ("new", anchors)):
        print(
            f"{name:<22}{best_possible_recall(sizes, each):>8.4f}"
            f"{fitness(sizes, each):>9.4f}"
        )
    for level, row in zip(LEVEL_STRIDES, anchors.tolist()):
        print(f"{level}  " + "  ".join(f"{w:>4} x {h:<4}" for w, h in row))
    print("In the .json file of a recipe:")
    print(json.dumps({"anchors": anchors.tolist()})[1:-1])


def _read_persons(directory):
    from keras_drsi.data.anchors import person_sizes
    from keras_drsi.data.coco import read_coco

    poses = read_coco(directory, "train")
    print(poses.report)
    return person_sizes(poses)


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="drsi anchors",
        description="Find anchors for the persons of a data set, and report "
        "the recall that they and those of the presets allow.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", metavar="DIR", help="COCO directory")
    source.add_argument(
        "--boxes",
        metavar="FILE",
        help=".npz with image_wh and box_wh, (n, 2) each, in pixels",
    )
    parser.add_argument(
        "--input-size",
        type=int,
        default=640,
        metavar="S",
        help="side of the input in pixels, a multiple of 64 "
        "(default %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of k-means (default %(default)s)"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
