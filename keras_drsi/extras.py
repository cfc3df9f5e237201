"""Packages that only some commands need."""

import importlib.util

from keras_drsi.errors import InputError

# Package -> extra of setup.cfg that brings it.
EXTRAS = {
    "tf2onnx": "export",
    "onnxruntime": "export",
    "openvino": "openvino",
    "ai_edge_quantizer": "quantize-litert",
    "tensorboard": "training",
}


def check_installed(name, packages):
    """Raises `InputError` where one of the packages `name` needs is missing."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            extra = EXTRAS.get(package)
            how = f": pip install -e '.[{extra}]'" if extra else ""
            raise InputError(
                f"{name}: expected the package {package} to be installed, "
                f"found none{how}."
            )
