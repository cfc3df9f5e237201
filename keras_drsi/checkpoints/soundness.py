"""Whether a network gives finite values, before it is put to use."""

import keras
import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.models.activations import trace_activations

TEST_SIDE = 128
PATCH = 8  # pixels


def first_not_finite(weights):
    """Path of the first variable with a NaN or an infinity; None without."""
    for weight in weights:
        if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
            return weight.path
    return None


def check_sound(model, source):
    """Refuses a network that cannot give finite predictions.

    Its weights, and its activations in inference on a test image of colored
    patches, have to be finite.

    Args:
        model: `DRSINet`.
        source: path of its file, the beginning of the message.

    Raises:
        InputError: naming the first weight, or the first layer, concerned.
    """
    weight = first_not_finite(model.weights)
    if weight is not None:
        raise InputError(
            f"{source}: weights: expected finite values, got a NaN or an "
            f"infinity in {weight}."
        )
    for activation in trace_activations(model, _test_image(model.data_format)):
        if not np.isfinite(activation.largest):
            raise InputError(
                f"{source}: inference: expected finite values, got "
                f"{activation.largest} from the layer {activation.layer} on a "
                "test image."
            )


def _test_image(data_format):
    """(1, H, W, 3), or (1, 3, H, W) with `channels_first`."""
    side = TEST_SIDE // PATCH
    patches = np.random.default_rng(0).integers(0, 256, (1, side, side, 3))
    image = patches.repeat(PATCH, axis=1).repeat(PATCH, axis=2)
    if data_format == "channels_first":
        image = image.transpose(0, 3, 1, 2)
    return image.astype("float32")
