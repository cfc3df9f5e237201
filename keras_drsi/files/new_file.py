"""Atomic writing: a file is either complete or absent."""

import contextlib
import os
import pathlib
import shutil
import tempfile

from keras_drsi.errors import InputError


def check_is_new(path):
    """Raises if a path exists, to prevent overwriting.

    Args:
        path: path of a file or folder.

    Raises:
        InputError: if the path exists, even as a dangling symbolic link.
    """
    if os.path.lexists(path):
        raise InputError(
            f"{path}: already exists. Remove it or choose another name."
        )


UNFINISHED = "unfinished-"


def remove_unfinished(folder):
    """Removes the partial output of killed processes from a folder."""
    for unfinished in pathlib.Path(folder).glob(f"{UNFINISHED}*"):
        shutil.rmtree(unfinished)


def flush(path):
    """Flushes a file, or every file in a folder, to disk.

    Without it, a file renamed just before a power failure may exist without
    its content.
    """
    for file in path.rglob("*") if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb+") as written:
                os.fsync(written.fileno())


@contextlib.contextmanager
def new_file(path):
    """Context manager that writes a file or folder atomically.

    Args:
        path: path of the file. Missing parent folders are created.

    Yields:
        `pathlib.Path` to write to: the same name in a temporary folder next
        to `path`. It is moved to `path` at the end of the block, and removed
        if the block raises.

    Raises:
        InputError: if the file cannot be written.
    """
    path = pathlib.Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=UNFINISHED, dir=path.parent
        ) as folder:
            unfinished = pathlib.Path(folder) / path.name
            yield unfinished
            flush(unfinished)
            unfinished.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path}: cannot be written: {reason}.") from error
