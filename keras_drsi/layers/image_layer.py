"""Base class of the layers on feature maps."""

import keras

from keras_drsi.layers.batch_norm import BatchNorm, FoldedBatchNorm
from keras_drsi.layers.conv import Conv
from keras_drsi.layers.kernels.split import split
from keras_drsi.renamed_arguments import rename_arguments


class ImageLayer(keras.layers.Layer):
    """Base class of the layers that map feature maps to feature maps.

    Subclasses run their sublayers by `call` rather than `__call__`. The
    preparation that Keras does in `__call__`, 0.1 ms of Python, is then done
    once for the outermost layer; with some 500 layers in a network, PyTorch
    would wait for it.

    Args:
        data_format: `"channels_last"` for `(B, H, W, C)` or
            `"channels_first"` for `(B, C, H, W)`. Defaults to
            `keras.config.image_data_format()`.
        folded: Boolean, whether batch norms are folded into the convolutions
            beside them, see `DRSINet.fold`. Such a convolution has a bias,
            and a `FoldedBatchNorm` is left in place of the norm. Defaults to
            `False`.
        **kwargs: Arguments of `keras.layers.Layer`.
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
        """Arguments that this layer passes to each `ImageLayer` within it."""
        return {**self.plain_config, "folded": self.folded}

    @property
    def plain_config(self):
        """Arguments that it passes to every other layer within it."""
        return {"data_format": self.data_format, "dtype": self.dtype_policy}

    @property
    def folds(self):
        """Which batch norms `DRSINet.fold` folds into which convolutions.

        Returns:
            List of tuples: the name of a convolution and those of the batch
            norms before and after it, or `None`; all names of attributes.
        """
        return []

    def conv(self, filters, kernel_size=1, **kwargs):
        """Creates a convolution without norm and activation."""
        return Conv(filters, kernel_size, **self.plain_config, **kwargs)

    def batch_norm(self, **kwargs):
        """Creates a batch norm, or the placeholder of a folded one."""
        if self.folded:
            return FoldedBatchNorm(dtype=self.dtype_policy, **kwargs)
        return BatchNorm(
            axis=self.channel_axis, dtype=self.dtype_policy, **kwargs
        )

    def concat(self, maps):
        """Concatenates feature maps along the channels."""
        return keras.ops.concatenate(maps, axis=self.channel_axis)

    def split(self, x, sizes):
        """Splits `x` into parts of these numbers of channels."""
        return split(x, sizes, self.channel_axis)

    def with_channels(self, shape, channels):
        """Returns `shape` with another number of channels."""
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
