"""Quantization of an exported ONNX or LiteRT file to 8 bits.

Quantizes the convolutions of the backbone and the neck, with ranges calibrated
on images of a data set. The output convolutions of the head and the decoding
remain in float: offsets and confidences of keypoints would share one range.
"""

import dataclasses
import os
import sys
import typing

from keras_drsi.checkpoints.tensor_file import parse_or_raise
from keras_drsi.data.coco import read_coco
from keras_drsi.errors import InputError
from keras_drsi.evaluation.evaluate_model import evaluate_model, pose_evaluation
from keras_drsi.export.quantize_litert import quantize_litert
from keras_drsi.export.quantize_onnx import quantize_onnx
from keras_drsi.extras import check_installed
from keras_drsi.files.new_file import check_is_new, new_file
from keras_drsi.formats import check_path, format_of
from keras_drsi.formats.exported_model import ExportedModel

IMAGES = 64
BATCH_SIZE = 8


@dataclasses.dataclass(frozen=True)
class Quantizer:
    """The quantizer of a format.

    Args:
        package: string, the package it requires.
        write: function of the path of the exported file, the path of the new
            file, and an iterable of batches of images.
    """

    package: str
    write: typing.Callable


QUANTIZERS = {
    "onnx": Quantizer("onnxruntime", quantize_onnx),
    "litert": Quantizer("ai_edge_quantizer", quantize_litert),
}


def quantize(exported, data, out, images=IMAGES):
    """Quantizes the convolutions of an exported file to 8 bits.

    Args:
        exported: path of an ONNX or LiteRT file exported with `poses=True`.
        data: path of a COCO directory. Its first training images calibrate
            the ranges.
        out: path of the new file, with the same suffix.
        images: integer, number of calibration images, or of batches if the
            file has a fixed batch size. Defaults to 64.

    Raises:
        InputError: if `out` exists, or `exported` cannot be quantized or does
            not give finite values.
    """
    name = format_of(exported)
    if name not in QUANTIZERS:
        raise InputError(
            f"{exported}: expected one of {', '.join(QUANTIZERS)}, got {name}."
        )
    check_installed("quantize", (QUANTIZERS[name].package,))
    check_path(name, out)
    check_is_new(out)
    if images < 1:
        raise InputError(f"images: expected >= 1, got {images}.")
    model = ExportedModel(exported)
    poses = read_coco(data, "train", model.keypoints)
    print(poses.report, file=sys.stderr)
    batches = _batches(poses, model)
    with new_file(out) as unfinished:
        QUANTIZERS[name].write(exported, unfinished, batches.take(images))
        _check_runs(unfinished, batches)


def _check_runs(quantized, batches):
    """Raises `InputError` if the runtime of the format cannot run the file."""
    model = ExportedModel(quantized)
    for images in batches.take(1):
        parse_or_raise(
            quantized, lambda: model.predict_on_batch(images.numpy())
        )


def _batches(poses, model):
    import tensorflow as tf

    from keras_drsi.data.pipeline import evaluation_batches

    batches = evaluation_batches(poses, model.input_size, model.batch_size or 1)
    return batches.map(lambda images, _: tf.cast(images, model.input_type))


def ap_of_both(exported, quantized, data):
    """Compares the AP and size of an exported file and its 8-bit version.

    Args:
        exported: path of the exported file.
        quantized: path of the quantized file.
        data: path of a COCO directory, evaluated on its validation images.

    Returns:
        String, a table of AP, AP50 and file sizes.
    """
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
