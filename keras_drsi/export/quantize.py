"""Turns an exported ONNX or LiteRT file into one that calculates in 8 bits.

The convolutions of backbone and neck are quantized, their ranges taken from
images of the data set. The head's output convolutions, and what decodes them,
stay in float: a keypoint's offset and its confidence would share one range.
"""

import dataclasses
import os
import sys
import typing

from keras_drsi.checkpoints.tensor_file import parse_or_raise
from keras_drsi.data.coco import read_coco
from keras_drsi.errors import InputError
from keras_drsi.evaluation.evaluate_model import evaluate_model, keypoint_ap
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
    """How a format is quantized.

    Args:
        package: that is needed for it.
        write: function of the exported file, the new one, and an iterable of
            batches of images as the exported file takes them.
    """

    package: str
    write: typing.Callable


QUANTIZERS = {
    "onnx": Quantizer("onnxruntime", quantize_onnx),
    "litert": Quantizer("ai_edge_quantizer", quantize_litert),
}


def quantize(exported, data, out, images=IMAGES):
    """Writes a file with 8-bit convolutions.

    Args:
        exported: path of an ONNX or LiteRT file of `drsi export --poses`.
        data: COCO directory whose first training photos show the ranges.
        out: path of the new file, with the same ending.
        images: number of images, or of batches of a fixed size.

    Raises:
        InputError: if `out` exists, or `exported` is no such file.
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
    """Raises `InputError` if the format's own tool refuses the file."""
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
    """Lines that say what 8 bits cost, on the validation photos of `data`."""
    models = {file: ExportedModel(file) for file in (exported, quantized)}
    poses = read_coco(data, "val", models[exported].keypoints)
    print(poses.report, file=sys.stderr)
    metric = keypoint_ap(poses)
    lines = [f"{'':<12}{'AP':>8}{'AP50':>8}{'MB':>8}"]
    for kind, (file, model) in zip(("float", "8 bits"), models.items()):
        metrics, _ = evaluate_model(
            model,
            poses,
            model.input_size,
            model.batch_size or BATCH_SIZE,
            metric,
        )
        size = os.path.getsize(file) / 1e6
        lines.append(
            f"{kind:<12}{metrics['AP']:>8.4f}{metrics['AP50']:>8.4f}{size:>8.1f}"
        )
    return "\n".join(lines)
