"""Turns an exported ONNX or LiteRT file into one that calculates in 8 bits.

    python -m training.quantize model.onnx --data DIR --out model_int8.onnx

The convolutions of backbone and neck are quantised, their ranges taken from
pictures of the data set. The head's output convolutions, and what decodes them,
stay in float: a keypoint's offset and its confidence would share one range.
"""

import argparse
import dataclasses
import os
import sys
import typing

from keras_drsi.checkpoints.tensor_file import parsed
from keras_drsi.errors import InputError
from training.command_line import run
from training.data.coco import read_coco
from training.evaluate import evaluate_model, pose_evaluation
from training.export_formats import FORMATS, format_of
from training.exported_model import ExportedModel
from training.new_file import check_is_new, new_file
from training.packages import check_installed
from training.quantize_litert import quantize_litert
from training.quantize_onnx import quantize_onnx

PICTURES = 64
BATCH_SIZE = 8


@dataclasses.dataclass(frozen=True)
class Quantizer:
    """How a format is quantised.

    Args:
        package: that is needed for it.
        write: function of the exported file, the new one, and an iterable of
            batches of pictures as the exported file takes them.
    """

    package: str
    write: typing.Callable


QUANTIZERS = {
    "onnx": Quantizer("onnxruntime", quantize_onnx),
    "litert": Quantizer("ai_edge_quantizer", quantize_litert),
}


def quantize(exported, data, out, pictures=PICTURES):
    """Writes a file with 8-bit convolutions.

    Args:
        exported: path of an ONNX or LiteRT file of `training.export --poses`.
        data: COCO directory whose first training photos show the ranges.
        out: path of the new file, with the same ending.
        pictures: number of pictures, or of batches of a fixed size.

    Raises:
        InputError: if `out` exists, or `exported` is no such file or does not
            give finite values.
    """
    name = format_of(exported)
    if name not in QUANTIZERS:
        raise InputError(
            f"{exported}: expected one of {', '.join(QUANTIZERS)}, got {name}."
        )
    check_installed("quantize", (QUANTIZERS[name].package,))
    FORMATS[name].check_path(out)
    check_is_new(out)
    if pictures < 1:
        raise InputError(f"pictures: expected >= 1, got {pictures}.")
    model = ExportedModel(exported)
    poses = read_coco(data, "train", model.keypoints)
    print(poses.report, file=sys.stderr)
    batches = _batches(poses, model)
    with new_file(out) as unfinished:
        QUANTIZERS[name].write(exported, unfinished, batches.take(pictures))
        _check_runs(unfinished, batches)


def _check_runs(quantized, batches):
    """Raises `InputError` if the format's own tool refuses the file."""
    model = ExportedModel(quantized)
    for images in batches.take(1):
        parsed(quantized, lambda: model.predict_on_batch(images.numpy()))


def _batches(poses, model):
    import tensorflow as tf

    from training.data.pipeline import evaluation_batches

    batches = evaluation_batches(poses, model.input_size, model.batch_size or 1)
    return batches.map(lambda images, _: tf.cast(images, model.input_type))


def ap_of_both(exported, quantized, data):
    """Lines that say what 8 bits cost, on the validation photos of `data`."""
    models = {file: ExportedModel(file) for file in (exported, quantized)}
    poses = read_coco(data, "val", models[exported].keypoints)
    print(poses.report, file=sys.stderr)
    evaluation = pose_evaluation(poses)
    lines = [f"{'':<12}{'AP':>8}{'AP50':>8}{'MB':>8}"]
    for kind, (file, model) in zip(("float", "8 bits"), models.items()):
        metrics, _ = evaluate_model(
            model,
            poses,
            model.input_size,
            model.batch_size or BATCH_SIZE,
            evaluation,
        )
        size = os.path.getsize(file) / 1e6
        lines.append(
            f"{kind:<12}{metrics['AP']:>8.4f}{metrics['AP50']:>8.4f}{size:>8.1f}"
        )
    return "\n".join(lines)


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m training.quantize",
        description="Turn an ONNX or LiteRT file of training.export --poses "
        "into one that calculates in 8 bits.",
    )
    parser.add_argument(
        "exported", help=".onnx or .tflite file with decoding inside"
    )
    parser.add_argument(
        "--data",
        required=True,
        metavar="DIR",
        help="COCO directory whose training photos show the ranges",
    )
    parser.add_argument(
        "--out", required=True, help="new file with the same ending"
    )
    parser.add_argument(
        "--pictures",
        type=int,
        default=PICTURES,
        metavar="N",
        help=f"number of photos ({PICTURES})",
    )
    parser.add_argument(
        "--evaluate",
        action="store_true",
        help="also say what it costs: AP of both files on the validation "
        "photos",
    )
    args = parser.parse_args(argv)
    quantize(args.exported, args.data, args.out, args.pictures)
    print(f"{args.out}: 8-bit convolutions")
    if args.evaluate:
        print(ap_of_both(args.exported, args.out, args.data))


if __name__ == "__main__":
    run(main)
