"""Heatmaps as an auxiliary target, in training only."""

import keras

from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.losses.heatmap_loss import HeatmapLoss
from keras_drsi.models.pose_model import PoseModel

LEVEL = "P3"  # the finest
HEATMAPS = "heatmaps"
# As rare as keypoints are: a sigmoid of 0.05.
START = -3.0


@keras.saving.register_keras_serializable(package="keras_drsi")
class HeatmapSupervision(PoseModel):
    """Trains a network that has to say where keypoints lie, too.

    The pose head regresses all keypoints of a person from the features of one
    cell, a long way from most of them. Heatmaps on the neck's finest output
    ask the features around every keypoint what they show, which teaches
    backbone and neck sooner. Two convolutions make them; they serve training
    alone, and `network`, the one to keep, does not have them.

    Args:
        network: `DRSINet`, trained in place.
        weight: float, factor on the loss of the heatmaps.
        filters: channels between the two convolutions.

    Output shape:
        That of the network, and "heatmaps" (B, H / 8, W / 8, K) before
        activation.

    Example:

    >>> model = HeatmapSupervision(network)
    >>> model.compile("adam")
    >>> model.fit(batches)
    >>> network.save("poses.keras")
    """

    def __init__(self, network, weight=0.05, filters=64, **kwargs):
        levels = dict(zip(LEVEL_STRIDES, network.head.input))
        channels = {
            "data_format": network.data_format,
            "dtype": network.dtype_policy,
        }
        hidden = keras.layers.Conv2D(
            filters, 1, activation="silu", name="heatmap_hidden", **channels
        )
        heatmap = keras.layers.Conv2D(
            len(network.keypoints),
            1,
            bias_initializer=keras.initializers.Constant(START),
            name="heatmap",
            **channels,
        )
        logits = heatmap(hidden(levels[LEVEL]))
        if network.data_format == "channels_first":
            logits = keras.ops.transpose(logits, (0, 2, 3, 1))
        super().__init__(
            network.input, {**network.output, HEATMAPS: logits}, **kwargs
        )
        self.dtype_policy = network.dtype_policy
        self.input_spec = network.input_spec
        self.data_format = network.data_format
        self.network = network
        self.weight = weight
        self.filters = filters
        self.heatmap_loss = HeatmapLoss(
            network.keypoints, LEVEL_STRIDES[LEVEL], weight
        )
        self.track_losses((*network.pose_loss.parts, "heatmap_loss"))

    def pose_loss(self, y, outputs):
        """The network's losses and that of the heatmaps, by name."""
        maps = {level: outputs[level] for level in LEVEL_STRIDES}
        return {
            **self.network.pose_loss(y, maps),
            "heatmap_loss": self.heatmap_loss(y, outputs[HEATMAPS]),
        }

    def decode_predictions(self, outputs):
        return self.network.decode_predictions(
            {level: outputs[level] for level in LEVEL_STRIDES}
        )

    def get_config(self):
        return {
            "network": keras.saving.serialize_keras_object(self.network),
            "weight": self.weight,
            "filters": self.filters,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})
