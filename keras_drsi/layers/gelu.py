"""The exact GELU, in operations that export everywhere."""

import math

import keras
from keras import ops


def gelu(x):
    """`x * Φ(x)`, Φ the normal distribution, without approximation.

    TensorFlow's own uses `erfc`, for which ONNX has no operation.

    Args:
        x: tensor.

    Returns:
        Tensor of the same shape and dtype.
    """
    if keras.backend.backend() == "tensorflow":
        return 0.5 * x * (1 + ops.erf(x * math.sqrt(0.5)))
    return ops.gelu(x, approximate=False)
