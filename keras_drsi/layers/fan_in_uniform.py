"""Weight initializer that is reproducible across backends."""

import math
import random

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="keras_drsi")
class FanInUniform(keras.initializers.Initializer):
    """Uniform in ±1/sqrt(fan-in), as in the YOLO family.

    Values are drawn with NumPy, so that a seed gives the same weights under
    TensorFlow, JAX and PyTorch and no kernel is compiled for each shape.

    Args:
        fan_in_axes: Tuple of the axes of the weight that an output sums over:
            (0, 1, 2) for a convolution's (kh, kw, in, out), (0, 1) for a
            depthwise one's (kh, kw, channels, 1).
        seed: Integer, or `None` to draw one from Python's `random`, which
            `keras.utils.set_random_seed` sets.

    Example:

    >>> FanInUniform(seed=1)((3, 3, 8, 16)).shape
    (3, 3, 8, 16)
    """

    def __init__(self, fan_in_axes=(0, 1, 2), seed=None):
        self.fan_in_axes = tuple(fan_in_axes)
        self.seed = seed
        self._draw_seed = random.getrandbits(32) if seed is None else seed

    def __call__(self, shape, dtype=None):
        fan_in = math.prod(shape[axis] for axis in self.fan_in_axes)
        bound = 1 / math.sqrt(fan_in)
        generator = np.random.default_rng(self._draw_seed)
        values = generator.uniform(-bound, bound, shape).astype("float32")
        return keras.ops.convert_to_tensor(values, dtype=dtype)

    def get_config(self):
        return {"fan_in_axes": self.fan_in_axes, "seed": self.seed}
