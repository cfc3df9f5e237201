"""A network including its decoding: images in, poses out."""

import keras


@keras.saving.register_keras_serializable(package="keras_drsi")
class PoseDecoder(keras.Model):
    """Network that returns poses, including non-maximum suppression.

    `DRSINet` returns raw head maps when called and poses from `predict`. This
    model returns poses from both, and so does an export of it.

    Args:
        network: `DRSINet`.

    Call arguments:
        images: See `DRSINet`.

    Output shape:
        See `DRSINet`: what `predict` returns.

    Example:

    >>> poses = PoseDecoder(network)(images)
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network

    @property
    def data_format(self):
        return self.network.data_format

    def call(self, images, training=False):
        raw = self.network(images, training=training)
        return self.network.decode_predictions(raw)

    def get_config(self):
        return {
            "network": keras.saving.serialize_keras_object(self.network),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
