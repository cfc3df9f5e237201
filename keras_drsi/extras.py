"""Packages that only some features need, and the extras that bring them."""

import importlib.util

from keras_drsi.errors import InputError

# Package -> extra of setup.cfg.
EXTRAS = {
    "cv2": "inference",
    "onnxruntime": "inference",
    "tqdm": "inference",
    "tf2onnx": "export",
    "onnx": "export",
    "openvino": "openvino",
    "ai_edge_quantizer": "quantize-litert",
    "matplotlib": "training",
    "pycocotools": "training",
    "tensorboard": "training",
    "tensorflow": "training",
}


def install_hint(package):
    """Text such as `": pip install 'keras-drsi[training]'"`.

    Empty for a package that no extra brings.
    """
    extra = EXTRAS.get(package)
    return f": pip install 'keras-drsi[{extra}]'" if extra else ""


def check_installed(name, packages):
    """Raises `InputError` where one of the packages `name` needs is missing."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise InputError(
                f"{name}: expected the package {package} to be installed, "
                f"found none{install_hint(package)}."
            )
