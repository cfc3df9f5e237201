"""Test-time augmentation by horizontal flip."""

import keras
from keras import ops

from keras_drsi.models.pose_decoder import PoseDecoder
from keras_drsi.postprocess.mirror import mirror_maps


@keras.saving.register_keras_serializable(package="keras_drsi")
class FlipTTA(PoseDecoder):
    """Averages the head maps of an image and of its mirror image.

    Takes twice the time of the network alone.

    Args:
        network: `DRSINet`, whose keypoint schema defines left and right.

    Call arguments:
        images: See `DRSINet`.

    Output shape:
        See `DRSINet`: what `predict` returns.

    Example:

    >>> poses = FlipTTA(model).predict(images)
    """

    def call(self, images, training=False):
        width_axis = 2 if self.network.data_format == "channels_last" else 3
        images = ops.convert_to_tensor(images)
        plain = self.network(images, training=training)
        mirrored = mirror_maps(
            self.network(ops.flip(images, axis=width_axis), training=training),
            self.network.keypoints.flip_index,
        )
        return self.network.decode_predictions(
            {level: (plain[level] + mirrored[level]) / 2 for level in plain}
        )
