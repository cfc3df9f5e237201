"""Conversion of images to the data format of a model."""


def to_data_format(images, data_format):
    """Converts a batch of `channels_last` images to a data format.

    Args:
        images: array of shape (B, height, width, 3).
        data_format: string, `"channels_last"` or `"channels_first"`.

    Returns:
        View of the array, of shape (B, 3, height, width) for
        `"channels_first"`.
    """
    if data_format == "channels_first":
        return images.transpose(0, 3, 1, 2)
    return images
