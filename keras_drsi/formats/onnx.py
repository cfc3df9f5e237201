"""ONNX files, run by ONNX Runtime."""

import json
import math
import warnings

import numpy as np

from keras_drsi.formats.export_format import INPUT_NAME, METADATA


def write_onnx(model, path, spec, output_names, metadata, opset):
    import onnx

    with warnings.catch_warnings():
        # Of Keras, about its own use of NumPy.
        warnings.simplefilter("ignore", FutureWarning)
        model.export(
            str(path),
            format="onnx",
            verbose=False,
            input_signature=[spec],
            opset_version=opset,
        )
    content = onnx.load(str(path))
    _name_onnx_outputs(content.graph, output_names)
    _write_gelu_as_expected(content.graph)
    _drop_unused_numbers(content.graph)
    onnx.helper.set_model_props(content, {METADATA: json.dumps(metadata)})
    onnx.checker.check_model(content)
    onnx.save(content, str(path))


def _name_onnx_outputs(graph, names):
    """Gives the outputs their names; the converter numbers them."""
    renamed = {out.name: name for out, name in zip(graph.output, names)}
    for output in graph.output:
        output.name = renamed[output.name]
    for node in graph.node:
        for field in (node.input, node.output):
            for index, name in enumerate(field):
                field[index] = renamed.get(name, name)


def _write_gelu_as_expected(graph):
    """`erf(x / sqrt(2)) + 1` with scalars: ONNX Runtime makes it one step.

    The converter writes a product with `sqrt(1 / 2)` and arrays of one number.
    """
    from onnx import numpy_helper

    given = {value.name for value in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    users = {name: node for node in graph.node for name in node.input}
    every_erf = [node for node in graph.node if node.op_type == "Erf"]
    for erf in every_erf:
        root, one = makers[erf.input[0]], users[erf.output[0]]
        (x,) = (name for name in root.input if name not in given)
        root.op_type = "Div"
        root.input[:] = [x, "gelu/root"]
        one.input[:] = [erf.output[0], "gelu/one"]
    if every_erf:
        graph.initializer.extend(
            numpy_helper.from_array(np.float32(value), name)
            for name, value in (("gelu/root", math.sqrt(2)), ("gelu/one", 1))
        )


def _drop_unused_numbers(graph):
    """ONNX Runtime warns of every one that it finds."""
    used = _used_names(graph)
    kept = [value for value in graph.initializer if value.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _used_names(graph):
    """Names that nodes of a graph take, loops' bodies included."""
    names = {output.name for output in graph.output}
    for node in graph.node:
        names.update(node.input)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                names |= _used_names(attribute.g)
    return names


def load_onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]

    def call(images):
        return dict(zip(names, session.run(None, {INPUT_NAME: images})))

    return call


def onnx_metadata(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Nothing is run: without optimizing the graph it is there sooner.
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    )
    session = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    return json.loads(session.get_modelmeta().custom_metadata_map[METADATA])
