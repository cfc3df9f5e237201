"""Quantization of the convolutions of a LiteRT file."""

import contextlib
import io
import pathlib
import re
import tempfile
import warnings

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.export.output_convolutions import output_convolutions
from keras_drsi.formats.export_format import INPUT_NAME
from keras_drsi.formats.litert import packed_litert

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D")
BITS = 8
# A tensor whose range is smaller than this stays in float.
MIN_RANGE = 1e-3


def quantize_litert(exported, out, batches):
    """Quantizes the convolutions of a LiteRT file to 8 bits.

    Args:
        exported: path of a LiteRT file with decoding inside.
        out: path of the new file.
        batches: iterable of tensors, batches of calibration images.

    Raises:
        InputError: if a tensor of the network is not finite.
    """
    from ai_edge_quantizer.quantizer import Quantizer

    content = pathlib.Path(exported).read_bytes()
    network, output_names = _without_decoding(content)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the memory for ranges
        path = pathlib.Path(folder) / "network.tflite"
        path.write_bytes(network)
        samples = [{INPUT_NAME: images.numpy()} for images in batches]
        calibrator = Quantizer(str(path))
        _quantize_convolutions(calibrator, ())
        ranges = calibrator.calibrate({"serving_default": samples})
        _check_sound(exported, ranges)
        quantizer = Quantizer(str(exported))
        _quantize_convolutions(
            quantizer, (*output_names, *_nearly_constant(ranges))
        )
        with contextlib.redirect_stdout(
            io.StringIO()
        ):  # prints sizes and times
            quantized = quantizer.quantize(ranges)
        quantized.export_model(str(out), overwrite=True)


def _check_sound(exported, ranges):
    """Raises `InputError`, naming the first tensor that is not finite."""
    for name, found in ranges.items():  # in the order of computation
        limits = np.array([np.min(found["min"]), np.max(found["max"])])
        if not np.isfinite(limits).all():
            raise InputError(
                f"{exported}: inference: expected finite values, got "
                f"{limits[0]} to {limits[1]} from {name}."
            )


def _nearly_constant(ranges):
    """Names of the tensors that are almost constant.

    Quantization divides by the range.
    """
    return [
        name
        for name, found in ranges.items()
        if np.max(found["max"] - found["min"]) < MIN_RANGE
    ]


def _quantize_convolutions(quantizer, names_in_float):
    from ai_edge_quantizer.algorithm_manager import AlgorithmName
    from ai_edge_quantizer.qtyping import TFLOperationName

    for kind in KINDS:
        quantizer.add_static_config(".*", TFLOperationName[kind], BITS, BITS)
        for name in names_in_float:
            quantizer.update_quantization_recipe(
                re.escape(name),
                TFLOperationName[kind],
                algorithm_key=AlgorithmName.NO_QUANTIZE,
            )


def _without_decoding(content):
    """Removes the decoding from a LiteRT file.

    Calibration does not support the loops in suppression.

    Args:
        content: bytes of a LiteRT file.

    Returns:
        Tuple of the bytes of a LiteRT file that ends with the output
        convolutions, and the names of its outputs.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    kinds = {getattr(schema.BuiltinOperator, kind) for kind in KINDS}
    operators = graph.operators
    outputs, network = output_convolutions(
        [
            (
                model.operatorCodes[operator.opcodeIndex].builtinCode in kinds,
                operator.inputs,
                operator.outputs,
            )
            for operator in operators
        ]
    )
    graph.operators = [operators[index] for index in network]
    graph.outputs = [operators[index].outputs[0] for index in outputs]
    _keep_used_tensors(graph)
    del model.subgraphs[1:]
    names = [graph.tensors[index].name.decode() for index in graph.outputs]
    (signature,) = model.signatureDefs
    signature.outputs = [schema.TensorMapT() for _ in names]
    for entry, name, index in zip(signature.outputs, names, graph.outputs):
        entry.name, entry.tensorIndex = name, index
    for entry, index in zip(signature.inputs, graph.inputs):
        entry.tensorIndex = index
    return packed_litert(model), names


def _keep_used_tensors(graph):
    """Removes unused tensors, and renumbers the others in order of use."""
    users = [graph, *graph.operators]
    used = [index for user in users for index in (*user.inputs, *user.outputs)]
    number = {-1: -1}  # an omitted optional input
    for index in used:
        number.setdefault(index, len(number) - 1)
    for user in users:
        user.inputs = [number[index] for index in user.inputs]
        user.outputs = [number[index] for index in user.outputs]
    graph.tensors = [graph.tensors[index] for index in list(number)[1:]]
