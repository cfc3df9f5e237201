"""LiteRT files, run by TensorFlow's interpreter."""

import json
import os
import pathlib
import warnings

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.formats.export_format import INPUT_NAME, METADATA


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
            if buffer.data is None:  # behind the model, in a quantized file
                end = buffer.offset + buffer.size
                return json.loads(content[buffer.offset : end])
            return json.loads(bytes(buffer.data))
    raise InputError(f"{path}: expected metadata {METADATA!r}, found none.")
