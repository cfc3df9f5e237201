"""Whether weights are numbers."""

import keras
import numpy as np


def first_not_finite(weights):
    """Path of the first variable with a NaN or an infinity; None without."""
    for weight in weights:
        if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
            return weight.path
    return None
