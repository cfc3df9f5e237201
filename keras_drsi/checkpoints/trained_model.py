"""A trained network, read from its file."""

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
    """Loads a network.

    Args:
        weights: a `.keras` file, which holds the whole model, a
            `.weights.h5` file, which holds numbers only, a checkpoint of
            YOLO-Pose, see `load_yolo_pose`, or the name of a preset that
            comes with trained weights.
        preset: name of the preset that a `.weights.h5` file belongs to; of
            other files, which say it themselves, what they have to be.
        input_size: side in pixels, or (height, width); by default the one in
            a `.keras` file, 640 for the others.
        schema: `KeypointSchema` that the network has to have.

    Returns:
        `DRSINet`, not compiled.

    Raises:
        InputError: if the file is missing, damaged or foreign, if it has
            other keypoints than `schema` or is no network of `preset`, or if
            a preset is missing.
    """
    path = weights_file(weights)
    if path.name.endswith(".weights.h5"):
        if preset is None:
            raise InputError(
                f"{path}: a .weights.h5 file needs a preset, the name of its "
                "network; a .keras file does not."
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
            f"{path}: expected the keypoints {', '.join(schema.names)}; got "
            f"{', '.join(model.keypoints.names)}."
        )
    return model if input_size is None else _at_size(model, input_size)


def weights_file(weights):
    """Path of a weights file, or of those that come with a preset.

    Raises:
        InputError: if there is none.
    """
    path = find_weights(weights)
    if not os.path.isfile(path):  # of a forbidden folder, `is_file` raises
        raise InputError(f"{path}: expected a weights file, found none.")
    return path


def _read_keras_file(path):
    with zipfile.ZipFile(path):  # of another file Keras says there is none
        return keras.saving.load_model(path, compile=False)


def _check_is_of(preset, model, path):
    has = model.get_config()
    for name, expected in find_preset(preset).config.items():
        if has[name] != expected:
            raise InputError(
                f"{path}: expected {preset}, whose {name} is {expected!r}; "
                f"got {has[name]!r}."
            )


def _at_size(model, input_size):
    """The same network for another input size, with the same weights.

    Anchors stay as they are: they are sizes in input pixels, and a person of
    100 pixels looks the same to the network in an input of any size.
    """
    size = height_and_width(input_size)
    if size == tuple(model.input_size):
        return model
    resized = DRSINet.from_config({**model.get_config(), "input_size": size})
    resized.set_weights(model.get_weights())
    return resized
