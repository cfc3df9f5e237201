"""Photos are channels_last; a network may want them otherwise."""


def to_data_format(images, data_format):
    """A batch of images in a network's layout.

    Args:
        images: array (B, height, width, 3).
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        view of the array, (B, 3, height, width) for `"channels_first"`.
    """
    if data_format == "channels_first":
        return images.transpose(0, 3, 1, 2)
    return images
