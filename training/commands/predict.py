"""Finds poses in images, folders and videos; draws them and writes JSON."""

import argparse
import os

from keras_drsi.errors import InputError
from training.command_line import run


def main(argv=None):
    args = _arguments(argv)
    model = _read_model(args)
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


def _read_model(args):
    """A Keras network, or an exported one, which needs no Keras."""
    from keras_drsi.formats import ExportedModel, is_exported

    if not is_exported(args.weights):
        from keras_drsi.checkpoints import load_trained_model

        return load_trained_model(args.weights, args.preset, args.input_size)
    if args.preset or args.input_size or args.flip_test:
        raise InputError(
            f"{args.weights}: an exported network has neither --preset nor "
            "--input-size nor --flip-test."
        )
    return ExportedModel(args.weights)


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
    parser.add_argument("--preset", help="what a .weights.h5 file belongs to")
    parser.add_argument(
        "--input-size",
        type=int,
        metavar="S",
        help="side of the input in pixels, a multiple of 64; by default the "
        "one in the .keras file, else 640. A network detects people of the "
        "size in pixels that it was trained on",
    )
    parser.add_argument(
        "--score-threshold",
        type=float,
        default=0.3,
        metavar="T",
        help="lowest score of a pose (default %(default)s)",
    )
    parser.add_argument(
        "--flip-test",
        action="store_true",
        help="predict from each image and its mirror image together",
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
