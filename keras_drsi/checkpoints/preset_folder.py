"""Preset folders: a network as KerasHub saves it."""

import datetime
import json
import pathlib

import keras

from keras_drsi.checkpoints.tensor_file import parse_or_raise
from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json
from keras_drsi.files.new_file import check_is_new, new_file
from keras_drsi.renamed_arguments import rename_arguments
from keras_drsi.version import __version__

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
REGISTERED_NAME = "keras_drsi>DRSINet"


def save_preset_folder(model, folder):
    """Implements `DRSINet.save_to_preset`.

    The folder is complete under its name, or absent.

    Args:
        model: `DRSINet`.
        folder: Path, which must not exist.

    Raises:
        InputError: If the path exists or cannot be written.
    """
    check_is_new(folder)
    metadata = {
        "keras_version": keras.__version__,
        "keras_drsi_version": __version__,
        "parameter_count": model.count_params(),
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
    }
    config = keras.saving.serialize_keras_object(model)
    # Neither the optimizer nor its state is part of a preset.
    for name in ("build_config", "compile_config"):
        config.pop(name, None)
    with new_file(folder) as unfinished:
        unfinished.mkdir()
        for name, content in ((CONFIG, config), (METADATA, metadata)):
            (unfinished / name).write_text(json.dumps(content, indent=2))
        model.save_weights(unfinished / WEIGHTS)


def load_preset_folder(cls, folder):
    """Loads the network of a folder with its weights.

    Args:
        cls: `DRSINet` or a subclass.
        folder: Path of the folder.

    Returns:
        Instance of `cls`, not compiled.

    Raises:
        InputError: If a file is missing, corrupted or of another model.
    """
    folder = pathlib.Path(folder)
    config = read_preset_config(folder)
    model = parse_or_raise(folder / CONFIG, lambda: cls(**config))
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise InputError(f"{weights}: expected a weights file, found none.")
    parse_or_raise(weights, lambda: model.load_weights(weights))
    return model


def read_preset_config(folder):
    """Reads the arguments of the network of a folder.

    Args:
        folder: Path of the folder.

    Returns:
        Dict of arguments of `DRSINet`.

    Raises:
        InputError: If the file is missing, corrupted or of another model.
    """
    path = pathlib.Path(folder) / CONFIG
    content = read_json(path)
    name = isinstance(content, dict) and content.get("registered_name")
    if name != REGISTERED_NAME:
        raise InputError(
            f"{path}: registered_name: expected {REGISTERED_NAME}, got "
            f"{name or 'none'}."
        )
    return parse_or_raise(path, lambda: _arguments(content["config"]))


def _arguments(config):
    schema = keras.saving.deserialize_keras_object(config["keypoints"])
    return {**rename_arguments(config), "keypoints": schema}
