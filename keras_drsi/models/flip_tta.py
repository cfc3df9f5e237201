"""Predictions from an image and its mirror image together."""

import keras
from keras import ops

from keras_drsi.models.pose_decoder import PoseDecoder
from keras_drsi.postprocess.mirror import mirror_maps


@keras.saving.register_keras_serializable(package="keras_drsi")
class FlipTTA(PoseDecoder):
    """Decodes the mean of an image's head maps and its mirror image's.

    Costs twice the time of the network alone.

    Args:
        network: `DRSINet`, whose keypoints say what is left and right.

    Call arguments:
        images: as `DRSINet` takes them.

    Output shape:
        That of `DRSINet.predict`.

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
