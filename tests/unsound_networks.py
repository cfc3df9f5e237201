"""Networks damaged on purpose."""

import keras
import numpy as np

from keras_drsi.models.drsi_net import DRSINet


def small_drsi_net(**config):
    """A network with DRSI blocks that is ready in seconds."""
    keras.utils.set_random_seed(0)
    return DRSINet(
        **{
            "width": 0.1,
            "depth": 0.1,
            "keypoint_depth": 0,
            "keypoints": 3,
            "input_size": 64,
            **config,
        }
    )


def copied(network):
    """A copy to be damaged, so that the original can serve other tests."""
    copy = type(network).from_config(network.get_config())
    copy.set_weights(network.get_weights())
    return copy


def weight(model, path):
    (found,) = (weight for weight in model.weights if weight.path == path)
    return found


def poison(model, path):
    """Makes the first value of a weight NaN."""
    values = keras.ops.convert_to_numpy(weight(model, path)).copy()
    values.flat[0] = np.nan
    weight(model, path).assign(values)


def overflow(model, stage="stage_3_down", scale=1e38):
    """Makes inference overflow in a batch norm, but not training.

    A moving variance of 0 is what a channel leaves that was once silent; with
    a large gamma the rest is the same as in a training that grew.
    """
    norm = f"{stage}/norm"
    shape = weight(model, f"{norm}/gamma").shape
    weight(model, f"{norm}/gamma").assign(np.full(shape, scale, "float32"))
    variance = weight(model, f"{norm}/moving_variance")
    variance.assign(np.zeros(shape, "float32"))
