"""Evaluates a model, or a file of results, by COCO's keypoint AP."""

import argparse
import json
import sys
import time

from keras_drsi.files.json_file import write_json
from keras_drsi.files.new_file import check_is_new
from training.command_line import run
from training.network_arguments import add_network_arguments, read_network


def main(argv=None):
    args = _arguments(argv)
    from keras_drsi.evaluation.evaluate_model import ap_table, evaluate_files
    from keras_drsi.evaluation.evaluation_table import evaluation_table

    if args.data:
        metrics = _evaluate_weights(args)
    else:
        metrics = evaluate_files(args.gt, args.dt, args.sigmas)
    if args.json:
        print(json.dumps(metrics, indent=1))
    else:
        print(f"{ap_table(metrics)}\n\n{evaluation_table(metrics)}")


def _evaluate_weights(args):
    from keras_drsi.checkpoints.soundness import check_sound
    from keras_drsi.checkpoints.trained_model import load_trained_model
    from keras_drsi.data.coco import read_coco
    from keras_drsi.evaluation.evaluate_model import (
        pose_evaluation,
        predict_results,
    )
    from keras_drsi.evaluation.keypoint_errors import (
        errors_table,
        keypoint_errors,
    )
    from keras_drsi.models.drsi_net import DRSINet
    from keras_drsi.models.flip_tta import FlipTTA

    if args.out:
        check_is_new(args.out)
    if args.weights.endswith(".weights.h5"):
        # Weights only: the keypoints are those of the data.
        poses = read_coco(
            args.data,
            args.split,
            schema_file=args.schema,
            hold_out=args.hold_out,
        )
        model = load_trained_model(
            args.weights, args.preset, args.input_size, poses.schema
        )
    else:
        model = read_network(args)
        poses = read_coco(
            args.data, args.split, model.keypoints, hold_out=args.hold_out
        )
    if isinstance(model, DRSINet):
        check_sound(model, args.weights)
    print(poses.report, file=sys.stderr)
    evaluation = pose_evaluation(poses)
    start = time.perf_counter()
    results = predict_results(
        FlipTTA(model) if args.flip_test else model,
        poses,
        model.input_size,
        args.batch_size,
        evaluation.category_id,
    )
    found = time.perf_counter()
    metrics = evaluation.evaluate(results)
    compared = time.perf_counter()
    print(
        f"{len(poses)} images in {found - start:.1f} s, the comparison of "
        f"{len(results)} poses in {compared - found:.1f} s",
        file=sys.stderr,
    )
    if args.out:
        write_json(results, args.out)
    if args.per_keypoint:
        print(errors_table(*keypoint_errors(poses, results)))
    return metrics


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="drsi evaluate",
        description=(
            "COCO keypoint AP of a model on a data set (--data, --weights), "
            "or of any COCO keypoint results file (--gt, --dt)."
        ),
    )
    model = parser.add_argument_group("a model on a data set")
    model.add_argument("--data", help="directory in COCO's layout")
    model.add_argument(
        "--weights",
        help=".keras, .weights.h5 or YOLO-Pose file, or what "
        "drsi export --poses wrote",
    )
    add_network_arguments(model)
    model.add_argument(
        "--schema",
        metavar="FILE",
        help="keypoints of a .weights.h5 file, if other than COCO's",
    )
    model.add_argument("--split", default="val", choices=("train", "val"))
    model.add_argument(
        "--hold-out",
        type=int,
        metavar="N",
        help="the val split of data without one is every N-th image by id, "
        "as in drsi train --hold-out",
    )
    model.add_argument(
        "--batch-size",
        type=int,
        default=8,
        metavar="B",
        help="images at a time (default %(default)s)",
    )
    model.add_argument(
        "--per-keypoint",
        action="store_true",
        help="also print the errors of each keypoint by their kind",
    )
    model.add_argument("--out", help="write the poses here, as COCO results")
    files = parser.add_argument_group("a results file")
    files.add_argument("--gt", help="COCO keypoint annotation file")
    files.add_argument("--dt", help="file in COCO's results format")
    files.add_argument(
        "--sigmas",
        type=_numbers,
        metavar="A,B,...",
        help="OKS sigma of each keypoint, for keypoints other than COCO's",
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON with all digits"
    )
    args = parser.parse_args(argv)
    of_model, of_files = (args.data, args.weights), (args.gt, args.dt)
    if not (
        (all(of_model) and not any(of_files))
        or (all(of_files) and not any(of_model))
    ):
        parser.error("give --data and --weights, or --gt and --dt")
    if args.hold_out is not None and not args.data:
        parser.error("--hold-out: belongs to --data")
    if args.json and args.per_keypoint:
        parser.error("--per-keypoint is a table, not JSON")
    if args.batch_size < 1:
        parser.error(f"--batch-size: expected >= 1, got {args.batch_size}")
    return args


def _numbers(text):
    return [float(number) for number in text.split(",")]


if __name__ == "__main__":
    run(main)
