"""The output folder of a command, new or empty."""

import pathlib

from keras_drsi.errors import InputError


def new_output_folder(path):
    """Creates a folder, unless an empty one exists.

    Args:
        path: path of the folder. Missing parent folders are created.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        InputError: if the path exists and is not an empty folder, or the
            folder cannot be created.
    """
    folder = pathlib.Path(path)
    try:
        taken = folder.exists() and (
            not folder.is_dir() or any(folder.iterdir())
        )
        if not taken:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be created: {error}") from error
    if taken:
        raise InputError(
            f"{folder}: already exists and is not empty. Remove it or choose "
            "another output folder."
        )
    return folder
