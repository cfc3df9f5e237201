"""Loading of trained models."""

import os
import zipfile

import keras

from keras_drsi.checkpoints.tensor_file import READERS, parse_or_raise
from keras_drsi.checkpoints.yolo_pose import load_yolo_pose
from keras_drsi.errors import InputError
from keras_drsi.geometry.letterbox import height_and_width
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.models.presets import find_preset, find_weights


def load_trained_model(weights, preset=None, input_size=None, schema=None):
    """Loads a trained model.

    Args:
        weights: path of a `.keras` file (model and weights), a `.weights.h5`
            file (weights only) or a YOLO-Pose checkpoint (see
            `load_yolo_pose`), or the name of a preset with trained weights.
        preset: string, name of the preset. Required for a `.weights.h5` file.
            For other files, which contain their configuration, it is the
            preset they are expected to have.
        input_size: integer, side of the square input in pixels, or a tuple
            (height, width). Defaults to the size in a `.keras` file, and to
            640 for other files.
        schema: `KeypointSchema` that the model is expected to have.

    Returns:
        `DRSINet`, not compiled.

    Raises:
        InputError: if the file is missing, corrupted or not a `DRSINet`, or if
            it does not match `schema` or `preset`.

    Example:

    >>> model = load_trained_model("best.keras", input_size=640)
    """
    path = weights_file(weights)
    if path.name.endswith(".weights.h5"):
        if preset is None:
            raise InputError(
                f"{path}: expected preset, the name of the network that a "
                ".weights.h5 file belongs to, got none."
            )
        model = DRSINet.from_preset(
            preset,
            input_size=input_size or 640,
            keypoints=schema or COCO_PERSON,
            initial_weights=None,
        )
        parse_or_raise(path, lambda: model.load_weights(path))
    elif path.suffix == ".keras":
        model = parse_or_raise(path, lambda: _read_keras_file(path))
        if not isinstance(model, DRSINet):
            raise InputError(
                f"{path}: expected a DRSINet, got {type(model).__name__}."
            )
    elif path.suffix in READERS:
        model = load_yolo_pose(path, input_size or 640, schema)
    else:
        raise InputError(
            f"{path}: expected a .keras, .weights.h5, {', '.join(READERS)} "
            f"file, got {path.suffix!r}."
        )
    if preset is not None:
        _check_is_of(preset, model, path)
    if schema is not None and model.keypoints.names != schema.names:
        raise InputError(
            f"{path}: expected the keypoints {', '.join(schema.names)}, got "
            f"{', '.join(model.keypoints.names)}."
        )
    return model if input_size is None else _at_size(model, input_size)


def weights_file(weights):
    """Resolves a path or the name of a preset to a weights file.

    Args:
        weights: path of a file, or name of a preset with trained weights.

    Returns:
        `pathlib.Path` of the existing file.

    Raises:
        InputError: if the file does not exist.
    """
    path = find_weights(weights)
    if not os.path.isfile(path):  # `Path.is_file` raises without permission
        raise InputError(f"{path}: expected a weights file, found none.")
    return path


def _read_keras_file(path):
    with zipfile.ZipFile(path):  # Keras reports other files as missing
        return keras.saving.load_model(path, compile=False)


def _check_is_of(preset, model, path):
    has = model.get_config()
    for name, expected in find_preset(preset).config.items():
        if has[name] != expected:
            raise InputError(
                f"{path}: expected {preset}, with {name}={expected!r}, got "
                f"{has[name]!r}."
            )


def _at_size(model, input_size):
    """Rebuilds a model for another input size, with the same weights.

    The anchors are kept. They are sizes in input pixels, and a person 100
    pixels tall looks the same to the model in an input of any size.
    """
    size = height_and_width(input_size)
    if size == tuple(model.input_size):
        return model
    resized = DRSINet.from_config({**model.get_config(), "input_size": size})
    resized.set_weights(model.get_weights())
    return resized
