"""How far inference is from what a network does in training."""

import numpy as np
from keras import ops

from keras_drsi.distribution.replicas import alone


def inference_gap(model, images):
    """Compares head maps in inference with those of batch statistics.

    In training a batch norm takes the statistics of the batch, in inference
    its moving averages. If these do not keep up with a network that grows,
    its losses fall and its predictions are worthless. Nothing of the model
    changes: no moving average moves.

    Args:
        model: `DRSINet`.
        images: (B, H, W, 3), or (B, 3, H, W) with `channels_first`; RGB in
            0..255.

    Returns:
        rms of the difference over the rms with batch statistics, of the level
        where it is largest; a NaN or an infinity if any value is. Of a sound
        network it is about 1: on four images of 128 pixels from 0.3 to 1.3,
        and 3 in a training at its fastest.
    """
    images = ops.convert_to_tensor(images)
    inference = model(images, training=False)
    with alone():  # of several processes, only the first one evaluates
        training, _ = model.stateless_call(
            *(
                [ops.convert_to_tensor(variable) for variable in variables]
                for variables in (
                    model.trainable_variables,
                    model.non_trainable_variables,
                )
            ),
            images,
            training=True,
        )
    gaps = []
    for level, maps in inference.items():
        inferred, expected = (
            ops.convert_to_numpy(x).astype("float64")
            for x in (maps, training[level])
        )
        difference = np.sqrt(np.square(inferred - expected).mean())
        gaps.append(difference / np.sqrt(np.square(expected).mean()))
    # NumPy's maximum, because Python's may pass over a NaN.
    return float(np.max(gaps))
