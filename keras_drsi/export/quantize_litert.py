"""8-bit convolutions in a LiteRT file."""

import contextlib
import io
import pathlib
import re
import tempfile
import warnings

import numpy as np

from keras_drsi.export.output_convolutions import output_convolutions
from keras_drsi.formats.export_format import INPUT_NAME
from keras_drsi.formats.litert import packed_litert

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D")
BITS = 8
# Largest less smallest number that a tensor has on all pictures.
SILENT = 1e-3


def quantize_litert(exported, out, batches):
    """Writes a LiteRT file with 8-bit convolutions.

    Args:
        exported: path of a LiteRT file with decoding inside.
        out: path of the new one.
        batches: iterable of tensors, as the file takes them.
    """
    from ai_edge_quantizer.quantizer import Quantizer

    content = pathlib.Path(exported).read_bytes()
    network, output_names = _network_alone(content)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that ranges take memory
        path = pathlib.Path(folder) / "network.tflite"
        path.write_bytes(network)
        pictures = [{INPUT_NAME: images.numpy()} for images in batches]
        alone = Quantizer(str(path))
        _quantize_convolutions(alone, ())
        ranges = alone.calibrate({"serving_default": pictures})
        whole = Quantizer(str(exported))
        _quantize_convolutions(whole, (*output_names, *_silent(ranges)))
        with contextlib.redirect_stdout(io.StringIO()):  # sizes and seconds
            quantized = whole.quantize(ranges)
        quantized.export_model(str(out), overwrite=True)


def _silent(ranges):
    """Names of what hardly changes: its range would be no divisor."""
    return [
        name
        for name, found in ranges.items()
        if np.max(found["max"] - found["min"]) < SILENT
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


def _network_alone(content):
    """The file without what comes after its convolutions.

    The ranges cannot be taken with the suppression's loops inside.

    Returns:
        bytes of a LiteRT file whose outputs are those of the convolutions
        after which only decoding comes, and their names.
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
    """Removes what no operator takes or gives; the images stay the first."""
    users = [graph, *graph.operators]
    used = [index for user in users for index in (*user.inputs, *user.outputs)]
    number = {-1: -1}  # of an operator's input that is left out
    for index in used:
        number.setdefault(index, len(number) - 1)
    for user in users:
        user.inputs = [number[index] for index in user.inputs]
        user.outputs = [number[index] for index in user.outputs]
    graph.tensors = [graph.tensors[index] for index in list(number)[1:]]
