"""Trained networks in half the space, for shipping."""

import pathlib
import tempfile
import zipfile

import h5py
import numpy as np

from keras_drsi.checkpoints.trained_model import load_trained_model
from keras_drsi.errors import InputError
from keras_drsi.files.new_file import check_is_new, new_file

LARGEST = np.finfo("float16").max
NUMBERS = "model.weights.h5"  # as Keras calls the part of a .keras file


def shrink(weights, out):
    """Writes a `.keras` file with numbers of 16 bits, and nothing else.

    Loaded, the network calculates in its own precision, as from any other
    `.keras` file. The state of an optimizer is left out.

    Args:
        weights: path of a `.keras` file.
        out: path of the new `.keras` file.

    Raises:
        InputError: if `out` exists or has another ending, or there is no
            network in `weights`.
    """
    out = pathlib.Path(out)
    if out.suffix != ".keras":
        raise InputError(f"{out}: expected the name of a .keras file.")
    check_is_new(out)
    model = load_trained_model(weights)
    with tempfile.TemporaryDirectory() as folder, new_file(out) as unfinished:
        folder = pathlib.Path(folder)
        model.save(folder / "whole.keras")
        with zipfile.ZipFile(folder / "whole.keras") as archive:
            archive.extractall(folder / "parts")
        numbers = folder / "parts" / NUMBERS
        _halve(numbers, folder / NUMBERS)
        (folder / NUMBERS).replace(numbers)
        with zipfile.ZipFile(
            unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9
        ) as archive:
            for part in sorted((folder / "parts").iterdir()):
                archive.write(part, part.name)


def _halve(given_file, halved_file):
    """Copies an HDF5 file with its 32-bit floats in 16 bits, if they fit."""
    with h5py.File(given_file) as given, h5py.File(halved_file, "w") as halved:

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                new = halved.create_dataset(name, data=_halved(item[()]))
            else:
                new = halved.require_group(name)
            new.attrs.update(item.attrs)

        halved.attrs.update(given.attrs)
        given.visititems(copy)


def _halved(numbers):
    if numbers.dtype != "float32" or np.abs(numbers).max() > LARGEST:
        return numbers
    return numbers.astype("float16")
