"""What all layers over feature maps share: the place of the channels."""

import keras

from keras_drsi.layers.batch_norm import BatchNorm, FoldedBatchNorm
from keras_drsi.layers.conv import Conv
from keras_drsi.layers.kernels.split import split
from keras_drsi.renamed_arguments import rename_arguments


class ImageLayer(keras.layers.Layer):
    """Base of the layers that map feature maps to feature maps.

    They run the layers within them by `call`. Keras' preparation of a call,
    0.1 ms of Python each time, is done once for the outermost layer; with
    some 500 layers inside a network, PyTorch would wait for the rest.

    Args:
        data_format: `"channels_last"` (B, H, W, C) or `"channels_first"`
            (B, C, H, W). Defaults to `keras.config.image_data_format()`.
        folded: whether batch norms are part of the convolutions beside them:
            the form for inference, see `DRSINet.fold`. A convolution then
            has a bias, and a batch norm's place is empty.
    """

    def __init__(self, data_format=None, folded=False, **kwargs):
        super().__init__(**kwargs)
        self.folded = folded
        self.data_format = data_format or keras.config.image_data_format()
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                "data_format must be 'channels_last' or 'channels_first', "
                f"got {data_format!r}."
            )

    @property
    def channel_axis(self):
        return -1 if self.data_format == "channels_last" else 1

    @property
    def shared_config(self):
        """Arguments that every `ImageLayer` within takes over from this one."""
        return {**self.plain_config, "folded": self.folded}

    @property
    def plain_config(self):
        """Those that every other layer within takes over."""
        return {"data_format": self.data_format, "dtype": self.dtype_policy}

    @property
    def folds(self):
        """Which batch norms become part of which convolutions.

        Returns:
            list of a convolution's name, and those of the batch norms before
            and after it, or None; names of attributes.
        """
        return []

    def conv(self, filters, kernel_size=1, **kwargs):
        """A bare convolution."""
        return Conv(filters, kernel_size, **self.plain_config, **kwargs)

    def batch_norm(self, **kwargs):
        if self.folded:
            return FoldedBatchNorm(dtype=self.dtype_policy, **kwargs)
        return BatchNorm(
            axis=self.channel_axis, dtype=self.dtype_policy, **kwargs
        )

    def concat(self, maps):
        return keras.ops.concatenate(maps, axis=self.channel_axis)

    def split(self, x, sizes):
        """Splits `x` into parts of these numbers of channels."""
        return split(x, sizes, self.channel_axis)

    def with_channels(self, shape, channels):
        """`shape` with another number of channels."""
        shape = list(shape)
        shape[self.channel_axis] = channels
        return tuple(shape)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "data_format": self.data_format,
            "folded": self.folded,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**rename_arguments(config))
