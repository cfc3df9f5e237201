"""Search for NaN and infinity in weights."""

import keras
import numpy as np


def first_not_finite(weights):
    """Finds the first variable that contains NaN or infinity.

    Args:
        weights: list of Keras variables.

    Returns:
        String, the path of the variable, or None if all values are finite.
    """
    for weight in weights:
        if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
            return weight.path
    return None
