"""A canvas of fixed size onto which photos are painted, each resampled once."""

import cv2
import numpy as np

from keras_drsi.geometry.affine import Affine
from keras_drsi.geometry.letterbox import PADDING_VALUE, whole_reduction


def blank_canvas(height, width):
    """(height, width, 3) uint8 of the padding grey."""
    return np.full((height, width, 3), PADDING_VALUE, "uint8")


def paint(canvas, photo, affine):
    """Paints a photo onto a canvas, in place.

    Pixels are interpolated bilinearly. A photo that shrinks by 2 or more is
    first averaged over squares of whole pixels, so that fine texture does
    not alias (as `Letterbox.apply_image` does).

    Args:
        canvas: (height, width, 3) uint8.
        photo: (rows, columns, 3) uint8.
        affine: `Affine` from the photo's pixels to the canvas'.
    """
    reduced, to_canvas = _reduced(photo, affine)
    if affine.is_axis_parallel:
        # Whole pixels up to the very edges, wherever the reduction rounds.
        region = _covered(canvas, photo, affine)
        _paint_rectangle(canvas, reduced, to_canvas, *region)
    else:
        cv2.warpAffine(
            reduced,
            to_canvas.between_pixels().matrix,
            (canvas.shape[1], canvas.shape[0]),
            dst=canvas,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )


def _reduced(photo, affine):
    """A photo averaged where it shrinks much, and its way to the canvas."""
    factor = whole_reduction(abs(affine.determinant) ** 0.5, photo.shape)
    if factor == 1:
        return photo, affine
    return _box_average(photo, factor), affine @ Affine.scaling(factor)


def _covered(canvas, photo, affine):
    """Left, top, right and bottom of what an image covers of the canvas."""
    rows, columns = photo.shape[:2]
    height, width = canvas.shape[:2]
    edges = np.rint(affine.apply_boxes([0.0, 0.0, columns, rows]))
    return np.clip(edges, 0, [width, height] * 2).astype("int64").tolist()


def _paint_rectangle(canvas, photo, affine, left, top, right, bottom):
    if left >= right or top >= bottom:
        return
    to_region = Affine.translation(-left, -top) @ affine
    canvas[top:bottom, left:right] = cv2.warpAffine(
        photo,
        to_region.between_pixels().matrix,
        (int(right - left), int(bottom - top)),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _box_average(photo, factor):
    rows, columns = (side // factor for side in photo.shape[:2])
    whole = photo[: rows * factor, : columns * factor]
    return cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
