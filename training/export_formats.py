"""The formats a network is exported to: how to write, load and describe them.

Each runs here through the tool that people deploy it with, so that a file is
only reported as written once that tool gives Keras' numbers.
"""

import dataclasses
import json
import math
import os
import pathlib
import tempfile
import typing
import warnings

import numpy as np

from keras_drsi.errors import InputError
from training.packages import check_installed

INPUT_NAME = "images"
METADATA = "keras_drsi"
OPENVINO_FILE = "model.xml"


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """One format.

    Args:
        suffix: of the file's name; empty for a folder.
        reader: the package that runs it.
        writers: packages that are needed to write it.
        write: function of a Keras model, the path, the `keras.InputSpec` of
            its images, the names of its outputs, the metadata and the ONNX
            opset.
        load: function of a path, giving a function from images, (B, H, W,
            3), to a dict of arrays by output name.
        metadata: function of a path, giving the metadata written into it.
    """

    suffix: str
    reader: str
    writers: tuple
    write: typing.Callable
    load: typing.Callable
    metadata: typing.Callable

    def check_can_read(self, name):
        """Raises `InputError` where the package that runs it is missing."""
        check_installed(name, (self.reader,))

    def check_can_write(self, name):
        """The same for those that write it; what is written is also run."""
        check_installed(name, (*self.writers, self.reader))

    def check_path(self, path):
        """Raises `InputError` for a name that the format's tools refuse."""
        suffix = pathlib.Path(path).suffix
        taken = {each.suffix for each in FORMATS.values()} - {self.suffix}
        if suffix in taken or (self.suffix and suffix != self.suffix):
            kind = f"a {self.suffix} file" if self.suffix else "a folder"
            raise InputError(f"{path}: expected the name of {kind}.")


# === ONNX ===


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
    import onnx

    properties = onnx.load(str(path)).metadata_props
    return json.loads({p.key: p.value for p in properties}[METADATA])


# === SavedModel ===


def write_saved_model(model, path, spec, output_names, metadata, opset):
    model.export(
        str(path),
        format="tf_saved_model",
        verbose=False,
        input_signature=[spec],
    )
    # TensorFlow's place for files that are no part of the graph.
    extra = pathlib.Path(path) / "assets.extra"
    extra.mkdir()
    (extra / f"{METADATA}.json").write_text(json.dumps(metadata))


def load_saved_model(path):
    import tensorflow as tf

    saved = tf.saved_model.load(str(path))

    def call(images):
        outputs = saved.serve(tf.convert_to_tensor(images))
        return {name: value.numpy() for name, value in outputs.items()}

    return call


def saved_model_metadata(path):
    file = pathlib.Path(path) / "assets.extra" / f"{METADATA}.json"
    return json.loads(file.read_text())


# === LiteRT ===


def write_litert(model, path, spec, output_names, metadata, opset):
    model.export(
        str(path), format="litert", verbose=False, input_signature=[spec]
    )
    path = pathlib.Path(path)
    path.write_bytes(with_litert_metadata(path.read_bytes(), metadata))


def with_litert_metadata(content, metadata):
    """Adds a named buffer, as the format provides for notes of any kind."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(json.dumps(metadata).encode(), "uint8")
    entry = schema.MetadataT()
    entry.name = METADATA
    entry.buffer = len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    return packed_litert(model)


def packed_litert(model):
    """The bytes of a LiteRT file, from the object of its schema."""
    import flatbuffers

    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def load_litert(path):
    import tensorflow as tf

    with warnings.catch_warnings():
        # That another package may hold the interpreter in the future.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path), num_threads=os.cpu_count())
    runner = interpreter.get_signature_runner()

    def call(images):
        return runner(**{INPUT_NAME: images})

    return call


def litert_metadata(path):
    from tensorflow.lite.python import schema_py_generated as schema

    content = pathlib.Path(path).read_bytes()
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    for entry in model.metadata or ():
        if entry.name == METADATA.encode():
            buffer = model.buffers[entry.buffer]
            if buffer.data is None:  # behind the model, in a quantised file
                end = buffer.offset + buffer.size
                return json.loads(content[buffer.offset : end])
            return json.loads(bytes(buffer.data))
    raise InputError(f"{path}: expected metadata {METADATA!r}, found none.")


# === OpenVINO ===


def write_openvino(model, path, spec, output_names, metadata, opset):
    import openvino

    with tempfile.TemporaryDirectory() as folder:
        # Its reader of ONNX refuses the loop of the suppression.
        saved = pathlib.Path(folder) / "model"
        write_saved_model(model, saved, spec, output_names, metadata, opset)
        content = openvino.convert_model(saved)
    content.set_rt_info(json.dumps(metadata), METADATA)
    # An .xml and a .bin file, so the output is a folder.
    openvino.save_model(content, path / OPENVINO_FILE, compress_to_fp16=False)


def load_openvino(path):
    import openvino

    compiled = openvino.Core().compile_model(
        path / OPENVINO_FILE,
        "CPU",
        # Newer CPUs would calculate in bfloat16.
        {"INFERENCE_PRECISION_HINT": "f32"},
    )
    names = [output.get_any_name() for output in compiled.outputs]

    def call(images):
        return dict(zip(names, compiled(images).values()))

    return call


def openvino_metadata(path):
    import openvino

    content = openvino.Core().read_model(path / OPENVINO_FILE)
    return json.loads(content.get_rt_info(METADATA).value)


def format_of(path):
    """The name of the format an exported file or folder has.

    Raises:
        InputError: if it has none of them.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        marks = {"saved_model": "saved_model.pb", "openvino": OPENVINO_FILE}
        found = [name for name, file in marks.items() if (path / file).exists()]
    else:
        found = [n for n, f in FORMATS.items() if f.suffix == path.suffix != ""]
    if not found or not path.exists():
        raise InputError(
            f"{path}: expected an exported network ({', '.join(FORMATS)}), "
            "found none."
        )
    return found[0]


FORMATS = {
    "onnx": ExportFormat(
        ".onnx",
        "onnxruntime",
        ("tensorflow", "tf2onnx", "onnx"),
        write_onnx,
        load_onnx,
        onnx_metadata,
    ),
    "saved_model": ExportFormat(
        "",
        "tensorflow",
        (),
        write_saved_model,
        load_saved_model,
        saved_model_metadata,
    ),
    "litert": ExportFormat(
        ".tflite",
        "tensorflow",
        (),
        write_litert,
        load_litert,
        litert_metadata,
    ),
    "openvino": ExportFormat(
        "",
        "openvino",
        ("tensorflow",),
        write_openvino,
        load_openvino,
        openvino_metadata,
    ),
}
