"""Files that are complete under their name, or absent."""

import contextlib
import os
import pathlib
import shutil
import tempfile

from keras_drsi.errors import InputError


def check_is_new(path):
    """Refuses a name that is taken, so that nothing is overwritten.

    Raises:
        InputError: if there is something under that name already.
    """
    if os.path.lexists(path):
        raise InputError(f"{path}: exists already.")


UNFINISHED = "unfinished-"


def remove_unfinished(folder):
    """Removes what processes that were killed were writing into a folder."""
    for unfinished in pathlib.Path(folder).glob(f"{UNFINISHED}*"):
        shutil.rmtree(unfinished)


def flush(path):
    """Waits until a file, or all in a folder, is on the disk.

    What is renamed before that may be there without its content after a
    power cut.
    """
    for file in path.rglob("*") if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb+") as written:
                os.fsync(written.fileno())


@contextlib.contextmanager
def new_file(path):
    """Gives a place to write to; moves what is there to `path` in the end.

    Args:
        path: path of the file; missing folders are made.

    Yields:
        `pathlib.Path` of the same name in a temporary folder beside it. If
        the block raises, nothing of it is left.

    Raises:
        InputError: if it cannot be written.
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
