"""Turns a checkpoint of PyTorch YOLO-Pose into a Keras file.

python -m training.convert yolo_pose_s.pt --out yolo_pose_s.keras
"""

import argparse
import pathlib

from keras_drsi.errors import InputError
from training.command_line import run
from training.new_file import check_is_new, new_file

SUFFIXES = (".keras", ".weights.h5")


def convert(checkpoint, out, input_size=640):
    """Reads a checkpoint and writes a file that does not exist yet.

    Args:
        checkpoint: see `load_yolo_pose`.
        out: path ending in `.keras` (the whole model, with its anchors) or
            `.weights.h5` (numbers only).
        input_size: side of the square input in pixels, a multiple of 64.

    Returns:
        `DRSINet`.

    Raises:
        InputError: if `out` exists, has another ending or cannot be written,
            or the checkpoint is no YOLO-Pose network.
    """
    out = pathlib.Path(out)
    if not out.name.endswith(SUFFIXES) or out.name in SUFFIXES:
        raise InputError(
            f"{out}: expected a name ending in {' or '.join(SUFFIXES)}."
        )
    check_is_new(out)
    from keras_drsi.checkpoints import load_yolo_pose

    model = load_yolo_pose(checkpoint, input_size)
    save = model.save if out.suffix == ".keras" else model.save_weights
    with new_file(out) as unfinished:
        save(unfinished)
    return model


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m training.convert",
        description="Turn a checkpoint of PyTorch YOLO-Pose (tensors only) "
        "into a file for the yolo_pose presets; a .keras file also to start "
        "a training of DRSI-Net from.",
    )
    parser.add_argument(
        "checkpoint", help=".pt, .pth, .npz or .safetensors file"
    )
    parser.add_argument(
        "--out",
        required=True,
        help="new file: .keras (with anchors) or .weights.h5 (numbers only)",
    )
    parser.add_argument(
        "--input-size",
        type=int,
        default=640,
        metavar="S",
        help="side of the input in pixels, a multiple of 64 "
        "(default %(default)s)",
    )
    args = parser.parse_args(argv)
    model = convert(args.checkpoint, args.out, args.input_size)
    print(
        f"{args.out}: {model.name}, width {model.width}, depth {model.depth}, "
        f"{len(model.keypoints)} keypoints, {model.count_params():,} numbers"
    )
    if not args.out.endswith(".keras"):
        print(f"It holds no anchors; give the network anchors={model.anchors}")


if __name__ == "__main__":
    run(main)
