"""Trained models with float16 weights, for distribution."""

import pathlib
import tempfile
import zipfile

import h5py
import numpy as np

from keras_drsi.checkpoints.trained_model import load_trained_model
from keras_drsi.errors import InputError
from keras_drsi.files.new_file import check_is_new, new_file

FLOAT16_MAX = np.finfo("float16").max
WEIGHTS = "model.weights.h5"  # name of the weights within a .keras file


def shrink(weights, out):
    """Writes a `.keras` file with float16 weights and no optimizer state.

    The file is half as large. The loaded model computes in the precision of
    the original: only the stored weights are rounded.

    Args:
        weights: path of a `.keras` file.
        out: path of the new `.keras` file.

    Raises:
        InputError: if `out` exists or has another suffix, or `weights` is not
            a `DRSINet`.
    """
    out = pathlib.Path(out)
    if out.suffix != ".keras":
        raise InputError(f"{out}: expected a file name ending in .keras.")
    check_is_new(out)
    model = load_trained_model(weights)
    with tempfile.TemporaryDirectory() as folder, new_file(out) as unfinished:
        folder = pathlib.Path(folder)
        model.save(folder / "full.keras")
        with zipfile.ZipFile(folder / "full.keras") as archive:
            archive.extractall(folder / "parts")
        full_weights = folder / "parts" / WEIGHTS
        _copy_as_float16(full_weights, folder / WEIGHTS)
        (folder / WEIGHTS).replace(full_weights)
        with zipfile.ZipFile(
            unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9
        ) as archive:
            for part in sorted((folder / "parts").iterdir()):
                archive.write(part, part.name)


def _copy_as_float16(source_path, target_path):
    """Copies an HDF5 file, casting float32 datasets to float16."""
    with (
        h5py.File(source_path) as source,
        h5py.File(target_path, "w") as target,
    ):

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                new = target.create_dataset(name, data=_as_float16(item[()]))
            else:
                new = target.require_group(name)
            new.attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)


def _as_float16(values):
    """Casts float32 values to float16, unless they would overflow."""
    if values.dtype != "float32" or np.abs(values).max() > FLOAT16_MAX:
        return values
    return values.astype("float16")
