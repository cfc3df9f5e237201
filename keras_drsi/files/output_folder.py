"""Folders that a command fills: new ones only."""

import pathlib

from keras_drsi.errors import InputError


def new_output_folder(path):
    """Makes a folder that did not exist, or was empty.

    Returns:
        `pathlib.Path`.

    Raises:
        InputError: if there is something under that name already, or it
            cannot be made.
    """
    folder = pathlib.Path(path)
    try:
        taken = folder.exists() and (
            not folder.is_dir() or any(folder.iterdir())
        )
        if not taken:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error}") from error
    if taken:
        raise InputError(
            f"{folder}: exists already and is not touched; remove it, or name "
            "another output folder."
        )
    return folder
