"""JSON files, read and written with one-line errors."""

import json

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import new_file


def read_json(path):
    """Reads a JSON file.

    Args:
        path: path of the file.

    Returns:
        The parsed content.

    Raises:
        InputError: if the file is missing, unreadable or not JSON.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise InputError(
            f"{path}: expected a readable JSON file, got: {error.strerror}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected JSON, got: {error}.") from error


def write_json(content, path):
    """Writes a JSON file atomically.

    Args:
        content: anything that `json.dumps` accepts.
        path: path of the file. An existing file is replaced.

    Raises:
        InputError: if the file cannot be written.
    """
    with new_file(path) as unfinished:
        unfinished.write_text(json.dumps(content))
