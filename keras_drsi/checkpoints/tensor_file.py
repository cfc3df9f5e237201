"""Named arrays from the files that PyTorch users have."""

import pathlib
import pickle

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
    return {name: _single(path, name, array) for name, array in tensors.items()}


def parse_or_raise(path, parse):
    """What `parse()` gives of a file.

    Raises:
        InputError: for whatever else it raises; a damaged file makes readers
            raise almost anything.
    """
    try:
        return parse()
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(
            f"{path}: damaged or of another kind: {reason[:300]}"
        ) from error


def shape_text(shape):
    """A shape as messages write it: 64x3x3x3; () of a single number."""
    return "x".join(map(str, shape)) or "()"


def _single(path, name, array):
    if getattr(array, "dtype", np.dtype("O")).kind not in "fiub":
        raise InputError(
            f"{path}: {name}: expected numbers, got "
            f"{getattr(array, 'dtype', type(array).__name__)}."
        )
    return array.astype("float32") if array.dtype.kind == "f" else array


def _read_numpy(path):
    # NumPy leaves a file open that it opened and could not read.
    with path.open("rb") as file:
        content = parse_or_raise(
            path, lambda: np.load(file, allow_pickle=False)
        )
        if isinstance(content, np.ndarray):
            raise InputError(
                f"{path}: expected named arrays, got a single one."
            )
        return parse_or_raise(path, lambda: dict(content))


def _read_safetensors(path):
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise InputError(
            f"{path}: reading it needs the package safetensors."
        ) from error
    return parse_or_raise(path, lambda: load_file(path))


def _read_torch(path):
    try:
        import torch
    except ImportError as error:
        raise InputError(f"{path}: reading it needs PyTorch.") from error

    def load():
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            if "Unsupported global" in str(error):
                raise InputError(f"{path}: {EXTRACTION}") from error
            # PyTorch's own message is advice to run the file's code.
            raise ValueError("not a file of tensors") from error

    content = parse_or_raise(path, load)
    for name in ("model", "state_dict"):
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict) or not all(
        isinstance(value, torch.Tensor) for value in content.values()
    ):
        raise InputError(
            f"{path}: expected a dictionary of tensors, got "
            f"{_describe(content)}."
        )
    return {
        str(name): _torch_array(path, name, tensor)
        for name, tensor in content.items()
    }


def _torch_array(path, name, tensor):
    try:
        # NumPy knows no bfloat16.
        dense = tensor.float() if tensor.is_floating_point() else tensor
        return dense.detach().numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise InputError(
            f"{path}: {name}: expected a dense tensor, got {tensor.layout} "
            f"of {tensor.dtype}."
        ) from error


def _describe(content):
    if isinstance(content, dict):
        kinds = sorted({type(value).__name__ for value in content.values()})
        return f"a dictionary of {', '.join(kinds)}"
    return type(content).__name__


READERS = {
    ".pt": _read_torch,
    ".pth": _read_torch,
    ".npz": _read_numpy,
    ".safetensors": _read_safetensors,
}
