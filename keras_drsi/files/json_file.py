"""A JSON file that a person gave us: read, or refused in one line."""

import json

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import new_file


def read_json(path):
    """Reads a JSON file.

    Args:
        path: path of the file.

    Returns:
        What the file holds.

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
    """Writes a JSON file that is complete under its name, or absent."""
    with new_file(path) as unfinished:
        unfinished.write_text(json.dumps(content))
