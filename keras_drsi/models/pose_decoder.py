"""The network with its decoding inside: images in, poses out."""

import keras


@keras.saving.register_keras_serializable(package="keras_drsi")
class PoseDecoder(keras.Model):
    """A network whose call gives poses, non-maximum suppression included.

    `DRSINet` gives raw head maps when called, and poses from `predict`. This
    model gives poses from both, and so does what is exported of it.

    Args:
        network: `DRSINet`.

    Call arguments:
        images: as `DRSINet` takes them.

    Output shape:
        That of `DRSINet.predict`.

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
