"""One annotation of a COCO keypoint file, checked field by field."""

import dataclasses
import reprlib

import numpy as np

from keras_drsi.errors import InputError

# COCO's own boxes overshoot their photo by rounding.
BORDER_TOLERANCE = 1.0  # pixels


@dataclasses.dataclass(frozen=True)
class Annotation:
    """A person, or a crowd.

    Args:
        id: COCO's annotation id.
        image_id: COCO's image id.
        box: (4,) float32, x1, y1, x2, y2 in pixels, clipped to the photo.
        keypoints: (K, 3) float32 x, y, v; zero where not labelled.
        area: float, square pixels.
        is_crowd: whether it stands for a group.
    """

    id: int
    image_id: int
    box: np.ndarray
    keypoints: np.ndarray
    area: float
    is_crowd: bool

    @property
    def is_ignored(self):
        """Whether COCO's evaluation ignores it."""
        return self.is_crowd or not np.any(self.keypoints[:, 2] > 0)


def check_annotation(entry, schema, width, height, where, report):
    """Checks the fields that training and evaluation read.

    Args:
        entry: dict whose `id` and `image_id` have been checked.
        schema: `KeypointSchema`.
        width: width of the photo in pixels.
        height: height of the photo in pixels.
        where: file and annotation, the beginning of every message.
        report: `Report` that receives what was mended.

    Returns:
        `Annotation`.

    Raises:
        InputError: if a field is missing, malformed, or outside the photo.
    """
    is_crowd = _check_crowd(entry.get("iscrowd", 0), f"{where}: iscrowd")
    box = _check_box(entry.get("bbox"), width, height, f"{where}: bbox", report)
    area = _check_area(entry.get("area"), width, height, f"{where}: area")
    if is_crowd:
        keypoints = np.zeros((len(schema), 3), "float32")
    else:
        keypoints = _check_keypoints(
            entry.get("keypoints"),
            len(schema),
            width,
            height,
            f"{where}: keypoints",
            report,
        )
    return Annotation(
        entry["id"], entry["image_id"], box, keypoints, area, is_crowd
    )


def check_id(value, where):
    """An integer, as COCO's ids are; else `InputError`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{where}: expected an integer, got {quoted(value)}.")
    return value


def check_count(value, limit, where):
    """An integer in 1..limit; else `InputError`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{where}: expected an integer, got {quoted(value)}.")
    if not 1 <= value <= limit:
        raise InputError(
            f"{where}: expected an integer in 1..{limit}, got {quoted(value)}."
        )
    return value


def quoted(value):
    """A short form of any value of a JSON file."""
    return reprlib.repr(value)


def _check_numbers(values, count, where):
    """A list of `count` finite numbers as float64."""
    if not isinstance(values, list):
        raise InputError(
            f"{where}: expected {count} numbers, got {quoted(values)}."
        )
    if len(values) != count:
        raise InputError(
            f"{where}: expected {count} numbers, got {len(values)}."
        )
    try:
        array = np.asarray(values)
    except ValueError:  # a ragged list
        array = np.asarray(None)
    if array.dtype.kind not in "iuf" or array.ndim != 1:
        raise InputError(
            f"{where}: expected {count} numbers, got {quoted(values)}."
        )
    array = array.astype("float64")
    if not np.isfinite(array).all():
        raise InputError(
            f"{where}: expected finite numbers, got {quoted(values)}."
        )
    return array


def _check_crowd(value, where):
    if value not in (0, 1):
        raise InputError(f"{where}: expected 0 or 1, got {quoted(value)}.")
    return bool(value)


def _check_box(value, width, height, where, report):
    left, top, box_width, box_height = _check_numbers(value, 4, where).tolist()
    if box_width < 0 or box_height < 0:
        raise InputError(
            f"{where}: expected a width and height >= 0, got "
            f"{quoted([box_width, box_height])}."
        )
    box = np.array([left, top, left + box_width, top + box_height])
    limit = np.array([width, height] * 2)
    inside = np.clip(box, 0, limit)
    shift = np.abs(inside - box).max()
    photo = f"the photo of {width} x {height}"
    if (inside[2:] <= inside[:2]).any() and shift > 0:
        raise InputError(
            f"{where}: expected a box inside {photo}, got {quoted(value)}."
        )
    if shift > BORDER_TOLERANCE:
        report.mend_annotation(
            f"{where}: expected a box inside {photo}, got {quoted(value)}. "
            "It is cut off at the border."
        )
    return inside.astype("float32")


def _check_area(value, width, height, where):
    # The photo, with the tolerance of a box that overshoots on each side.
    limit = (width + 2 * BORDER_TOLERANCE) * (height + 2 * BORDER_TOLERANCE)
    area = _check_numbers([value], 1, where)[0]
    if not 0 <= area <= limit:
        raise InputError(
            f"{where}: expected 0..{width * height} square pixels, the photo, "
            f"got {quoted(value)}."
        )
    return float(area)


def _check_keypoints(value, count, width, height, where, report):
    keypoints = _check_numbers(value, 3 * count, where).reshape(count, 3)
    visibility = keypoints[:, 2]
    if not np.isin(visibility, (0, 1, 2)).all():
        wrong = visibility[~np.isin(visibility, (0, 1, 2))][0]
        raise InputError(f"{where}: expected v in 0, 1, 2, got {wrong:g}.")
    labelled = visibility > 0
    points = keypoints[:, :2]
    inside = np.clip(points, 0, (width, height))
    shift = np.abs(inside - points).max(axis=1)
    outside = labelled & (shift > BORDER_TOLERANCE)
    if outside.any():
        x, y, v = keypoints[outside][0]
        report.mend_annotation(
            f"{where}: expected points inside the photo of {width} x {height}, "
            f"got ({x:g}, {y:g}, {v:g}). {outside.sum()} points count as not "
            "labelled."
        )
    keypoints = np.c_[inside, visibility]
    return np.where((labelled & ~outside)[:, None], keypoints, 0).astype(
        "float32"
    )
