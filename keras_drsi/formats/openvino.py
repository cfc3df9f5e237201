"""OpenVINO's intermediate representation."""

import json
import pathlib
import tempfile

from keras_drsi.formats.export_format import METADATA
from keras_drsi.formats.saved_model import write_saved_model

OPENVINO_FILE = "model.xml"


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
