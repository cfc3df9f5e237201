"""Letterboxing: resizes an image into a fixed input shape, and back."""

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.geometry.affine import Affine

PADDING_VALUE = 114  # gray, as in the YOLO family


class Letterbox:
    """Resizes an image into a fixed input shape, keeping its aspect ratio.

    The image is scaled to fit and placed at the top left; the rest is padded
    at the bottom or at the right. The same affine transform moves pixels,
    boxes and points.

    Args:
        image_width: integer, width of the image in pixels.
        image_height: integer, height of the image in pixels.
        input_size: integer, side of a square input in pixels, or a tuple
            (height, width).

    Raises:
        InputError: if a size is not a positive integer.

    Example:

    >>> letterbox = Letterbox(640, 480, input_size=320)
    >>> letterbox.scale, letterbox.content_width, letterbox.content_height
    (0.5, 320, 240)
    >>> letterbox.invert_boxes([[0.0, 0.0, 160.0, 120.0]])
    array([[  0.,   0., 320., 240.]])
    """

    def __init__(self, image_width, image_height, input_size):
        self.image_width = _positive(image_width, "image_width")
        self.image_height = _positive(image_height, "image_height")
        self.input_height, self.input_width = height_and_width(input_size)
        self.scale = min(
            self.input_width / self.image_width,
            self.input_height / self.image_height,
        )
        self.affine = Affine.scaling(self.scale)
        self._inverse = Affine.scaling(1 / self.scale)

    @property
    def content_width(self):
        """Width of the image in the input, in pixels, without padding."""
        return max(round(self.image_width * self.scale), 1)

    @property
    def content_height(self):
        """Height of the image in the input, in pixels, without padding."""
        return max(round(self.image_height * self.scale), 1)

    def apply_points(self, points):
        """Maps points (..., 2) from image to input coordinates."""
        return self.affine.apply_points(points)

    def apply_boxes(self, boxes):
        """Maps xyxy boxes (..., 4) from image to input coordinates."""
        return self.affine.apply_boxes(boxes)

    def invert_points(self, points):
        """Maps points (..., 2) from input to image coordinates."""
        return self._inverse.apply_points(points)

    def invert_boxes(self, boxes):
        """Maps xyxy boxes (..., 4) from input to image coordinates."""
        return self._inverse.apply_boxes(boxes)

    def apply_image(self, image):
        """Resizes and pads the image, with bilinear interpolation.

        An image downscaled by a factor of 2 or more is average-pooled first,
        because bilinear interpolation alone would alias fine texture.

        Args:
            image: uint8 array of shape (image_height, image_width, 3).

        Returns:
            uint8 array of shape (input_height, input_width, 3), padded with
            114.

        Raises:
            InputError: if the image has an unexpected shape or dtype.
        """
        image = np.asarray(image)
        expected = (self.image_height, self.image_width, 3)
        if image.shape != expected or image.dtype != np.uint8:
            raise InputError(
                f"Letterbox: expected a uint8 image of shape {expected}, got "
                f"{image.dtype} of shape {image.shape}."
            )
        factor = whole_reduction(self.scale, image.shape)
        pixels = box_average(image, factor) if factor > 1 else image
        pixels = pixels.astype("float32")
        scale = self.scale * factor
        pixels = _sample(pixels, self.content_height, scale, axis=0)
        pixels = _sample(pixels, self.content_width, scale, axis=1)
        padded = np.full(
            (self.input_height, self.input_width, 3), PADDING_VALUE, "uint8"
        )
        padded[: self.content_height, : self.content_width] = np.rint(pixels)
        return padded


def height_and_width(input_size):
    """Standardizes an input size to (height, width).

    Args:
        input_size: integer, side of a square in pixels, or a tuple
            (height, width).

    Returns:
        Tuple (height, width) of integers.

    Raises:
        InputError: if it is neither a positive integer nor a pair of them.
    """
    sides = input_size
    if not isinstance(sides, (tuple, list)):
        sides = (input_size, input_size)
    if len(sides) != 2:
        raise InputError(
            "input_size: expected an integer or (height, width), got "
            f"{input_size}."
        )
    return tuple(_positive(side, "input_size") for side in sides)


def whole_reduction(scale, shape):
    """Pool size of the average pooling before scaling by `scale`.

    Args:
        scale: positive float, the scale factor.
        shape: (height, width, ...) of the image, an upper bound of the pool
            size.

    Returns:
        Integer, 1 if no pooling is needed.
    """
    return max(min(int(1 / scale), *shape[:2]), 1)


def box_average(image, factor):
    """Average pooling with stride `factor` and "valid" padding, in NumPy.

    Args:
        image: uint8 array of shape (height, width, channels).
        factor: integer, pool size, at most the shorter side of the image.

    Returns:
        float32 array of shape (height // factor, width // factor, channels).
    """
    height, width = (side // factor for side in image.shape[:2])
    image = image[: height * factor, : width * factor]
    # Integer sums, slice by slice: exact, and far faster than `mean`.
    rows = image[::factor].astype(np.min_scalar_type(255 * factor))
    for offset in range(1, factor):
        rows += image[offset::factor]
    sums = rows[:, ::factor].astype("uint32")
    for offset in range(1, factor):
        sums += rows[:, offset::factor]
    return sums.astype("float32") / np.float32(factor * factor)


def _sample(pixels, length, scale, axis):
    """Linear interpolation along one axis, at the new pixel centers."""
    last = pixels.shape[axis] - 1
    if scale == 1 and length == last + 1:
        return pixels
    position = (np.arange(length) + 0.5) / scale - 0.5
    position = np.clip(position, 0, last)
    lower = np.floor(position).astype("int64")
    upper = np.minimum(lower + 1, last)
    weight = (position - lower).astype("float32")
    weight = weight.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    below, above = pixels.take(lower, axis), pixels.take(upper, axis)
    above -= below
    above *= weight
    above += below
    return above


def _positive(value, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InputError(f"{name}: expected a positive integer, got {value!r}.")
    if value <= 0:
        raise InputError(f"{name}: expected a positive integer, got {value}.")
    return int(value)
