"""A photo of any shape in an input of a fixed shape, and the way back."""

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.geometry.affine import Affine

PADDING_VALUE = 114  # grey, as the YOLO family trains and tests with


class Letterbox:
    """Scales a photo into an input; pads at the bottom and at the right.

    The longest side, measured in input sides, fills the input; the content
    stands at the top left. One affine map moves pixels, boxes and points.

    Args:
        image_width: width of the photo in pixels.
        image_height: height of the photo in pixels.
        input_size: side of a square input, or (height, width), in pixels.

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
        """Columns of the input that the photo covers; the rest is padding."""
        return max(round(self.image_width * self.scale), 1)

    @property
    def content_height(self):
        """Rows of the input that the photo covers; the rest is padding."""
        return max(round(self.image_height * self.scale), 1)

    def apply_points(self, points):
        """(..., 2) x, y in the photo -> the same in the input."""
        return self.affine.apply_points(points)

    def apply_boxes(self, boxes):
        """(..., 4) x1, y1, x2, y2 in the photo -> the same in the input."""
        return self.affine.apply_boxes(boxes)

    def invert_points(self, points):
        """(..., 2) x, y in the input -> the same in the photo."""
        return self._inverse.apply_points(points)

    def invert_boxes(self, boxes):
        """(..., 4) x1, y1, x2, y2 in the input -> the same in the photo."""
        return self._inverse.apply_boxes(boxes)

    def apply_image(self, image):
        """Resamples the photo into the input, bilinearly.

        A photo that shrinks by 2 or more is first averaged over squares of
        whole pixels, so that fine texture does not alias.

        Args:
            image: (image_height, image_width, 3) uint8.

        Returns:
            (input_height, input_width, 3) uint8, padded with 114.

        Raises:
            InputError: if the image has another shape or type.
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
    """A side, or (height, width), as (height, width).

    Raises:
        InputError: if it is neither, or not of positive integers.
    """
    sides = input_size
    if not isinstance(sides, (tuple, list)):
        sides = (input_size, input_size)
    if len(sides) != 2:
        raise InputError(
            f"input_size: expected a side or (height, width), got {input_size}."
        )
    return tuple(_positive(side, "input_size") for side in sides)


def whole_reduction(scale, shape):
    """The side of the squares to average before scaling by `scale`.

    Args:
        scale: the factor, positive.
        shape: (height, width, ...) of the photo, which bounds the squares.
    """
    return max(min(int(1 / scale), *shape[:2]), 1)


def box_average(image, factor):
    """Averages squares of `factor` pixels, in NumPy.

    Squares that the right or bottom border cuts are left out, so that every
    result pixel is the exact mean of a square.

    Args:
        image: (height, width, channels) uint8.
        factor: side of the squares, at most the shorter side of the image.
    """
    height, width = (side // factor for side in image.shape[:2])
    image = image[: height * factor, : width * factor]
    # Whole numbers, added slice by slice: exact, and far faster than `mean`.
    rows = image[::factor].astype(np.min_scalar_type(255 * factor))
    for offset in range(1, factor):
        rows += image[offset::factor]
    sums = rows[:, ::factor].astype("uint32")
    for offset in range(1, factor):
        sums += rows[:, offset::factor]
    return sums.astype("float32") / np.float32(factor * factor)


def _sample(pixels, length, scale, axis):
    """Linear interpolation along one axis at the centres of new pixels."""
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
