"""ONNX files, run by ONNX Runtime."""

import json
import math
import warnings

import numpy as np

from keras_drsi.formats.export_format import INPUT_NAME, METADATA


def write_onnx(model, path, spec, output_names, metadata, opset):
    import onnx

    with warnings.catch_warnings():
        # Keras triggers a FutureWarning of NumPy.
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
    _rewrite_gelu(content.graph)
    _drop_unused_initializers(content.graph)
    onnx.helper.set_model_props(content, {METADATA: json.dumps(metadata)})
    onnx.checker.check_model(content)
    onnx.save(content, str(path))


def _name_onnx_outputs(graph, names):
    """Renames the outputs, which the converter numbers."""
    renamed = {out.name: name for out, name in zip(graph.output, names)}
    for output in graph.output:
        output.name = renamed[output.name]
    for node in graph.node:
        for field in (node.input, node.output):
            for index, name in enumerate(field):
                field[index] = renamed.get(name, name)


def _rewrite_gelu(graph):
    """Rewrites GELU in the pattern that ONNX Runtime fuses into one kernel.

    The pattern is `erf(x / sqrt(2)) + 1` with scalar constants. The converter
    writes a product with `sqrt(1 / 2)` and constants of shape (1,).
    """
    from onnx import numpy_helper

    constants = {value.name for value in graph.initializer}
    producers = {name: node for node in graph.node for name in node.output}
    consumers = {name: node for node in graph.node for name in node.input}
    erf_nodes = [node for node in graph.node if node.op_type == "Erf"]
    for erf in erf_nodes:
        root, one = producers[erf.input[0]], consumers[erf.output[0]]
        (x,) = (name for name in root.input if name not in constants)
        root.op_type = "Div"
        root.input[:] = [x, "gelu/root"]
        one.input[:] = [erf.output[0], "gelu/one"]
    if erf_nodes:
        graph.initializer.extend(
            numpy_helper.from_array(np.float32(value), name)
            for name, value in (("gelu/root", math.sqrt(2)), ("gelu/one", 1))
        )


def _drop_unused_initializers(graph):
    """Removes unused initializers, of which ONNX Runtime warns."""
    used = _used_names(graph)
    kept = [value for value in graph.initializer if value.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _used_names(graph):
    """Names of the inputs of all nodes, including the bodies of loops."""
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
    # The model is not run; skipping graph optimization loads it faster.
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    )
    session = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    return json.loads(session.get_modelmeta().custom_metadata_map[METADATA])
