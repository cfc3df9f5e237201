"""Turns a checkpoint of PyTorch YOLO-Pose into a Keras file.

drsi convert yolo_pose_s.pt --out yolo_pose_s.keras
"""

import argparse

from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi convert",
        description="Turn a checkpoint of PyTorch YOLO-Pose (tensors only) "
        "into a file for the yolo_pose presets. A .keras file can also "
        "initialize a training of DRSI-Net.",
    )
    parser.add_argument(
        "checkpoint", help=".pt, .pth, .npz or .safetensors file"
    )
    parser.add_argument(
        "--out",
        required=True,
        help="new file: .keras (with anchors) or .weights.h5 (weights only)",
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
    from keras_drsi.checkpoints.convert import convert

    model = convert(args.checkpoint, args.out, args.input_size)
    print(
        f"{args.out}: {model.name}, width {model.width}, depth {model.depth}, "
        f"{len(model.keypoints)} keypoints, {model.count_params():,} weights"
    )
    if not args.out.endswith(".keras"):
        print(f"It holds no anchors; give the network anchors={model.anchors}")


if __name__ == "__main__":
    run(main)
