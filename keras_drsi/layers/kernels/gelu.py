"""The exact GELU, in operations that every format can export."""

import math

import keras
from keras import ops


def gelu(x):
    """`x * Φ(x)`, where Φ is the normal distribution; not approximated.

    TensorFlow's own uses `erfc`, for which ONNX has no operation.

    Args:
        x: float tensor.

    Returns:
        Tensor of the same shape and dtype.
    """
    if keras.backend.backend() == "tensorflow":
        return 0.5 * x * (1 + ops.erf(x * math.sqrt(0.5)))
    return ops.gelu(x, approximate=False)
