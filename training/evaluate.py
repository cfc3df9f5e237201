"""Evaluates a model, or a file of results, by COCO's keypoint AP."""

import argparse
import json
import sys
import time

from keras_drsi.errors import InputError
from keras_drsi.evaluation.evaluation_table import evaluation_table
from keras_drsi.evaluation.pose_evaluation import PoseEvaluation
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.metrics.coco_ground_truth import CocoGroundTruth
from keras_drsi.metrics.coco_results import coco_results
from training.command_line import run
from training.keypoint_errors import errors_table, keypoint_errors
from training.new_file import check_is_new, new_file
from training.progress_bar import progress_bar


def evaluate_model(model, poses, input_size, batch_size, evaluation=None):
    """Runs a model over a data set and compares its poses with the truth.

    Pictures are streamed: memory holds a few batches and at most 20 poses
    for each image.

    Args:
        model: model whose `predict_on_batch` gives decoded poses.
        poses: `CocoPoses`.
        input_size: multiple of 64, or (height, width), in pixels.
        batch_size: pictures at a time.
        evaluation: `PoseEvaluation` of the data set, for repeated use; by
            default a new one.

    Returns:
        the figures (see `PoseEvaluation.evaluate`), and the poses in COCO's
        results format.
    """
    evaluation = evaluation or pose_evaluation(poses)
    results = predict_results(
        model, poses, input_size, batch_size, evaluation.category_id
    )
    return evaluation.evaluate(results), results


def pose_evaluation(poses):
    """`PoseEvaluation` of what is usable in a data set, a `CocoPoses`.

    The numbers come from the annotation file itself, not from the records,
    whose boxes are clipped and crowds merged.
    """
    return PoseEvaluation(
        poses.annotation_file,
        poses.schema,
        image_ids=[image.id for image in poses.images],
        annotation_ids=[
            annotation_id
            for image in poses.images
            for annotation_id in (*image.annotation_ids, *image.ignored_ids)
        ],
    )


def predict_results(model, poses, input_size, batch_size, category_id=1):
    """The poses a model finds, in COCO's results format.

    Args: see `evaluate_model`; `category_id` goes into each entry.

    Returns:
        list of dicts, as `coco_results` makes them.
    """
    from training.data.pipeline import evaluation_batches, letterboxes

    frames = letterboxes(poses, input_size)
    image_ids = [image.id for image in poses.images]
    data_format = getattr(model, "data_format", "channels_last")
    batches = evaluation_batches(poses, input_size, batch_size, data_format)
    results = []
    total = len(image_ids)
    with progress_bar(total=total, desc="evaluate", leave=False) as bar:
        for number, (images, _) in enumerate(batches):
            batch = slice(number * batch_size, (number + 1) * batch_size)
            results += coco_results(
                model.predict_on_batch(images.numpy()),
                image_ids[batch],
                frames[batch],
                category_id,
            )
            bar.update(len(image_ids[batch]))
    return results


def evaluate_files(ground_truth, results, sigmas=None):
    """Compares a results file with an annotation file.

    Args:
        ground_truth: path of a COCO keypoint annotation file.
        results: path of a file in COCO's results format.
        sigmas: floats, one for each keypoint; needed for keypoints other
            than COCO's.

    Returns:
        the figures, as `PoseEvaluation.evaluate` gives them.
    """
    schema = _schema_of(CocoGroundTruth(ground_truth), sigmas)
    return PoseEvaluation(ground_truth, schema).evaluate(results)


def _schema_of(truth, sigmas):
    names = tuple(truth.category.get("keypoints") or ())
    if sigmas is None:
        if names != COCO_PERSON.names:
            raise InputError(
                f"{truth.name}: category {truth.category['id']} has other "
                "keypoints than COCO's persons, whose sigmas are not known; "
                f"give {len(names)} numbers with --sigmas."
            )
        return COCO_PERSON
    return KeypointSchema.from_coco_category(truth.category, sigmas)


def ap_table(metrics):
    """The ten numbers as a table of text."""
    columns = ("", "50", "75", "_M", "_L")
    heads = ("0.50:0.95", "0.50", "0.75", "medium", "large")
    lines = ["OKS " + "".join(f"{head:>10}" for head in heads)]
    for kind in ("AP", "AR"):
        numbers = [metrics[kind + column] for column in columns]
        cells = [f"{n:.4f}" if n >= 0 else "none" for n in numbers]
        lines.append(f"{kind}  " + "".join(f"{cell:>10}" for cell in cells))
    return "\n".join(lines)


def main(argv=None):
    args = _arguments(argv)
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
    from keras_drsi.models.drsi_net import DRSINet
    from keras_drsi.models.flip_test import FlipTest
    from training.data.coco import read_coco

    if args.out:
        check_is_new(args.out)
    if args.weights.endswith(".weights.h5"):
        # Numbers only: what they mean is in the data.
        poses = read_coco(args.data, args.split, schema_file=args.schema)
        model = load_trained_model(
            args.weights, args.preset, args.input_size, poses.schema
        )
    else:
        model = _read_model(args)
        poses = read_coco(args.data, args.split, model.keypoints)
    if isinstance(model, DRSINet):
        check_sound(model, args.weights)
    print(poses.report, file=sys.stderr)
    evaluation = pose_evaluation(poses)
    start = time.perf_counter()
    results = predict_results(
        FlipTest(model) if args.flip_test else model,
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


def _read_model(args):
    """A network from its own file, or an exported one."""
    from keras_drsi.checkpoints.tensor_file import READERS
    from keras_drsi.checkpoints.trained_model import load_trained_model
    from keras_drsi.models.presets import find_weights
    from training.exported_model import ExportedModel

    if find_weights(args.weights).suffix in (".keras", *READERS):
        return load_trained_model(args.weights, input_size=args.input_size)
    if args.flip_test or args.input_size:
        raise InputError(
            f"{args.weights}: an exported network has neither --flip-test nor "
            "--input-size."
        )
    return ExportedModel(args.weights)


def write_json(content, path):
    """Writes a JSON file that is complete under its name, or absent."""
    with new_file(path) as unfinished:
        unfinished.write_text(json.dumps(content))


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate",
        description=(
            "COCO keypoint AP of a model on a data set (--data, --weights), "
            "or of any COCO keypoint results file (--gt, --dt)."
        ),
    )
    model = parser.add_argument_group("a model on a data set")
    model.add_argument("--data", help="directory in COCO's layout")
    model.add_argument(
        "--weights",
        help=".keras, .weights.h5 or YOLO-Pose file, or what training.export "
        "--poses wrote",
    )
    model.add_argument("--preset", help="what a .weights.h5 file belongs to")
    model.add_argument(
        "--schema",
        metavar="FILE",
        help="keypoints of a .weights.h5 file, if other than COCO's",
    )
    model.add_argument("--split", default="val", choices=("train", "val"))
    model.add_argument(
        "--input-size",
        type=int,
        metavar="S",
        help="side of the input in pixels, a multiple of 64; by default the "
        "one in the .keras file, else 640. A network knows people of the size "
        "in pixels that it was trained on",
    )
    model.add_argument(
        "--batch-size",
        type=int,
        default=8,
        metavar="B",
        help="images at a time (default %(default)s)",
    )
    model.add_argument(
        "--flip-test",
        action="store_true",
        help="predict from each photo and its mirror image together",
    )
    model.add_argument(
        "--per-keypoint",
        action="store_true",
        help="also say what is wrong with each keypoint",
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
    if args.json and args.per_keypoint:
        parser.error("--per-keypoint is a table, not JSON")
    if args.batch_size < 1:
        parser.error(f"--batch-size: expected >= 1, got {args.batch_size}")
    return args


def _numbers(text):
    return [float(number) for number in text.split(",")]


if __name__ == "__main__":
    run(main)
