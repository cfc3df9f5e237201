"""The bias of a convolution."""

from keras import ops


def add_channel_bias(x, bias, data_format):
    """Adds one value per channel to a feature map.

    Args:
        x: (B, H, W, C) tensor, or (B, C, H, W) with `channels_first`.
        bias: (C,) tensor, or None for no bias.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        Tensor of the shape of `x`.
    """
    if bias is None:
        return x
    if data_format == "channels_first":
        return x + ops.reshape(bias, (1, -1, 1, 1))
    # Rank 4, so that TensorFlow fuses it into the convolution.
    return ops.add(x, ops.reshape(bias, (1, 1, 1, -1)))
