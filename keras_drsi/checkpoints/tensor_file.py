"""Named tensors from the file formats of PyTorch users."""

import pathlib
import pickle

import numpy as np

from keras_drsi.errors import InputError

# A pickled model refers to the classes of its training code. Reading weights
# must never run such code.
EXTRACTION = """\
expected tensors only, got pickled Python objects, which are not loaded for
security reasons. To extract the tensors, run this where the training code is
installed:
    import torch
    model = torch.load(CHECKPOINT, map_location="cpu", weights_only=False)
    model = model.get("ema") or model["model"]
    torch.save(model.float().state_dict(), "tensors.pt")"""


def read_tensors(path):
    """Reads named tensors from a file, without running code in it.

    Args:
        path: path of a `.pt` or `.pth` file (requires PyTorch), a `.npz` file
            or a `.safetensors` file (requires `safetensors`).

    Returns:
        Dict of NumPy arrays by name. Floating-point arrays are float32.

    Raises:
        InputError: if the file is missing, corrupted, of an unsupported type,
            or contains pickled objects other than tensors.
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
    return {n: _as_numeric(path, n, array) for n, array in tensors.items()}


def parse_or_raise(path, parse):
    """Calls `parse()`, converting any exception to `InputError`.

    Readers can raise almost anything for a corrupted file.

    Args:
        path: path of the file, for the error message.
        parse: function without arguments that reads the file.

    Returns:
        The result of `parse()`.

    Raises:
        InputError: if `parse()` raises.
    """
    try:
        return parse()
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(
            f"{path}: corrupted or of another type: {reason[:300]}"
        ) from error


def format_shape(shape):
    """Formats a shape for messages: "64x3x3x3", or "()" for a scalar."""
    return "x".join(map(str, shape)) or "()"


def _as_numeric(path, name, array):
    """Checks the dtype of an array, and casts floats to float32."""
    if getattr(array, "dtype", np.dtype("O")).kind not in "fiub":
        raise InputError(
            f"{path}: {name}: expected a numeric dtype, got "
            f"{getattr(array, 'dtype', type(array).__name__)}."
        )
    return array.astype("float32") if array.dtype.kind == "f" else array


def _read_numpy(path):
    content = parse_or_raise(path, lambda: np.load(path, allow_pickle=False))
    if isinstance(content, np.ndarray):
        raise InputError(f"{path}: expected named arrays, got a single array.")
    with content:
        return parse_or_raise(path, lambda: dict(content))


def _read_safetensors(path):
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise InputError(
            f"{path}: expected safetensors to be installed, found none: "
            "pip install safetensors"
        ) from error
    return parse_or_raise(path, lambda: load_file(path))


def _read_torch(path):
    try:
        import torch
    except ImportError as error:
        raise InputError(
            f"{path}: expected torch to be installed, found none: "
            "pip install torch"
        ) from error

    def load():
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            if "Unsupported global" in str(error):
                raise InputError(f"{path}: {EXTRACTION}") from error
            # The message of PyTorch advises to run the code in the file.
            raise ValueError("not a file with tensors") from error

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
        # NumPy has no bfloat16.
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
