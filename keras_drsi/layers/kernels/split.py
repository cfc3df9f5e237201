"""A tensor split along its channels."""

import itertools

import keras


def split(x, sizes, axis):
    """Splits a feature map into parts of given numbers of channels.

    Args:
        x: tensor of rank 4.
        sizes: list of numbers of channels.
        axis: axis of the channels, -1 or 1.

    Returns:
        List of tensors.
    """
    if len(sizes) == 1:
        return [x]
    stops = list(itertools.accumulate(sizes))
    if keras.backend.backend() != "torch":
        # Its gradient is a concatenation; those of slices are padded sums.
        return keras.ops.split(x, stops[:-1], axis=axis)
    # `torch.export` cannot trace `ops.split`.
    starts = [0, *stops[:-1]]
    if axis == -1:
        return [x[..., start:stop] for start, stop in zip(starts, stops)]
    return [x[:, start:stop] for start, stop in zip(starts, stops)]
