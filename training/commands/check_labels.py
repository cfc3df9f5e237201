"""Draws the labels of a data set, as they are and mirrored.

drsi check-labels --data DIR --out FOLDER

A wrong left-right pair shows at once: in the mirrored images limbs cross, or a
side changes its color.
"""

import argparse
import json

from keras_drsi.files.new_file import new_file
from keras_drsi.files.output_folder import new_output_folder
from training.command_line import run


def main(argv=None):
    args = _arguments(argv)
    from keras_drsi.data.coco import read_coco
    from keras_drsi.data.label_sheet import (
        keypoint_table,
        label_sheet,
        lonely_sides,
    )
    from keras_drsi.files.image_file import write_image

    poses = read_coco(args.data, args.split, schema_file=args.schema)
    sheet = label_sheet(poses, args.count)
    out = new_output_folder(args.out)
    print(poses.report)
    print(keypoint_table(poses))
    if lonely := lonely_sides(poses.schema):
        print(f"Without a partner: {', '.join(lonely)}. Is that right?")
    write_image(sheet, out / "labels.png")
    with new_file(out / "schema.json") as unfinished:
        unfinished.write_text(
            json.dumps(poses.schema.get_config(), indent=2) + "\n"
        )
    print(
        f"{out}: labels.png (each image as it is, and mirrored), schema.json "
        "(for --schema)"
    )


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="drsi check-labels",
        description="Draw the labels of a data set over its images, as they "
        "are and mirrored, and list its keypoints.",
    )
    parser.add_argument(
        "--data",
        required=True,
        metavar="DIR",
        help="directory in COCO's layout",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="new folder"
    )
    parser.add_argument("--split", default="train", choices=("train", "val"))
    parser.add_argument(
        "--schema",
        metavar="FILE",
        help="JSON file with swap_pairs, sigmas or skeleton, for keypoints "
        "other than COCO's",
    )
    parser.add_argument(
        "--count",
        type=int,
        default=12,
        metavar="N",
        help="images to draw (default %(default)s)",
    )
    args = parser.parse_args(argv)
    if args.count < 1:
        parser.error(f"--count: expected at least 1, got {args.count}")
    return args


if __name__ == "__main__":
    run(main)
