"""Finds poses in images, folders and videos; draws them and writes JSON."""

import argparse
import os

from training.command_line import run
from training.network_arguments import add_network_arguments, read_network


def main(argv=None):
    args = _arguments(argv)
    model = read_network(args)
    from keras_drsi.inference import PosePredictor, predict_files

    predictor = PosePredictor(
        model,
        score_threshold=args.score_threshold,
        flip_test=args.flip_test,
        batch_size=args.batch_size,
    )
    is_camera = args.source.isdecimal() and not os.path.exists(args.source)
    source = int(args.source) if is_camera else args.source
    images, poses = predict_files(
        predictor,
        source,
        args.out,
        boxes=args.boxes,
        scores=args.scores,
        names=args.names,
    )
    print(f"{poses} poses in {images} images: {args.out}")


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="drsi predict",
        description="Find poses in images, folders, videos or the view of a "
        "camera; write drawings and poses.json.",
    )
    parser.add_argument(
        "source", help="image, folder of images, video, or camera number"
    )
    parser.add_argument(
        "--weights",
        required=True,
        help=".keras, .weights.h5 or YOLO-Pose file, what drsi export --poses "
        "wrote, or drsi_net_n_synthetic",
    )
    parser.add_argument("--out", required=True, help="new folder")
    add_network_arguments(parser)
    parser.add_argument(
        "--score-threshold",
        type=float,
        default=0.3,
        metavar="T",
        help="lowest score of a pose (default %(default)s)",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        default=1,
        metavar="B",
        help="images at a time (default %(default)s)",
    )
    parser.add_argument("--boxes", action="store_true", help="draw boxes")
    parser.add_argument("--scores", action="store_true", help="draw scores")
    parser.add_argument(
        "--names", action="store_true", help="draw the keypoints' names"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
