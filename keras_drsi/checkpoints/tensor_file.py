"""Named arrays from the files that PyTorch users have."""

import pathlib
import pickle
import zipfile

import numpy as np

from keras_drsi.errors import InputError

# A checkpoint of the whole model pickles the classes of the code that trained
# it. Running foreign code to read numbers is no option.
EXTRACTION = """\
It holds pickled Python objects, which are not run here. Where its own code is
installed, this writes the tensors alone:
    import torch
    model = torch.load(CHECKPOINT, map_location="cpu", weights_only=False)
    model = model.get("ema") or model["model"]
    torch.save(model.float().state_dict(), "tensors.pt")"""


def read_tensors(path):
    """Reads a file of named tensors, without running any code in it.

    Args:
        path: `.pt` or `.pth` (needs PyTorch), `.npz`, or `.safetensors`
            (needs the package of that name).

    Returns:
        Dict of names and NumPy arrays; floating point ones are float32.

    Raises:
        InputError: if the file is missing, damaged, of another kind, or
            would have to run code.
    """
    path = pathlib.Path(path)
    if path.suffix not in READERS:
        raise InputError(
            f"{path}: expected a {', '.join(READERS)} file, got "
            f"{path.suffix!r}."
        )
    if not path.is_file():
        raise InputError(f"{path}: expected a weights file, found none.")
    tensors = READERS[path.suffix](path)
    if not tensors:
        raise InputError(f"{path}: expected tensors, found none.")
    return {name: _single(array) for name, array in tensors.items()}


def _single(array):
    is_float = np.issubdtype(array.dtype, np.floating)
    return array.astype("float32") if is_float else array


def _read_numpy(path):
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error
    except AttributeError as error:  # one bare array: nothing to close
        raise InputError(
            f"{path}: expected named arrays, got a single one."
        ) from error


def _read_safetensors(path):
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError as error:
        raise InputError(
            f"{path}: reading it needs the package safetensors."
        ) from error
    try:
        return load_file(path)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise _damaged(path, error) from error


def _read_torch(path):
    try:
        import torch
    except ImportError as error:
        raise InputError(f"{path}: reading it needs PyTorch.") from error
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "Unsupported global" in str(error):
            raise InputError(f"{path}: {EXTRACTION}") from error
        raise _damaged(path, error) from error
    except (OSError, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise _damaged(path, error) from error
    for name in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict) or not all(
        isinstance(value, torch.Tensor) for value in content.values()
    ):
        raise InputError(
            f"{path}: expected a dictionary of tensors, got "
            f"{_describe(content)}."
        )
    return {str(name): _torch_array(tensor) for name, tensor in content.items()}


def _torch_array(tensor):
    # NumPy knows no bfloat16.
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()


def _describe(content):
    if isinstance(content, dict):
        kinds = sorted({type(value).__name__ for value in content.values()})
        return f"a dictionary of {', '.join(kinds)}"
    return type(content).__name__


def _damaged(path, error):
    reason = " ".join(str(error).split())
    return InputError(f"{path}: damaged or of another kind: {reason[:200]}")


READERS = {
    ".pt": _read_torch,
    ".pth": _read_torch,
    ".npz": _read_numpy,
    ".safetensors": _read_safetensors,
}
