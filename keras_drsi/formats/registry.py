"""The formats a network is exported to, by their names."""

import pathlib

from keras_drsi.errors import InputError
from keras_drsi.formats.export_format import ExportFormat
from keras_drsi.formats.litert import (
    litert_metadata,
    load_litert,
    write_litert,
)
from keras_drsi.formats.onnx import (
    load_onnx,
    onnx_metadata,
    write_onnx,
)
from keras_drsi.formats.openvino import (
    OPENVINO_FILE,
    load_openvino,
    openvino_metadata,
    write_openvino,
)
from keras_drsi.formats.saved_model import (
    load_saved_model,
    saved_model_metadata,
    write_saved_model,
)

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


def is_exported(path):
    """Whether a path is that of an exported network, and not of weights."""
    path = pathlib.Path(path)
    suffixes = {target.suffix for target in FORMATS.values()} - {""}
    return path.suffix in suffixes or path.is_dir()


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


def check_path(name, path):
    """Raises `InputError` for a name that the format's tools refuse."""
    target, suffix = FORMATS[name], pathlib.Path(path).suffix
    taken = {each.suffix for each in FORMATS.values()} - {target.suffix}
    if suffix in taken or (target.suffix and suffix != target.suffix):
        kind = f"a {target.suffix} file" if target.suffix else "a folder"
        raise InputError(f"{path}: expected the name of {kind}.")
