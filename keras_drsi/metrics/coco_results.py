"""Predicted poses in the COCO results format."""

import os
import warnings

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json
from keras_drsi.metrics.coco_ground_truth import ID_TYPES, check_numbers

# COCO keypoint evaluation reads the best 20 poses of an image. Dropping the
# others bounds the memory without changing the metrics.
POSES_PER_IMAGE = 20


def coco_results(predictions, image_ids, letterboxes, category_id=1):
    """Converts a batch of predictions to the COCO results format.

    Pycocotools takes the size of a pose, for `AP_M` and `AP_L`, from its
    `bbox`, or from the extent of its keypoints if there is none.

    Args:
        predictions: dict of arrays, sorted by score, in pixels of the
            letterboxed image: `boxes` (B, P, 4) xyxy, `scores` (B, P),
            `keypoints` (B, P, K, 3) as x, y, confidence, and `count` (B,).
        image_ids: up to B ids. Rows beyond them are padding of the batch.
        letterboxes: one `Letterbox` for each id, to map coordinates back to
            the original image.
        category_id: id of the category in the annotation file. Defaults to 1.

    Returns:
        List of dicts, at most 20 for each image, see `coco_result`. Poses with
        non-finite values are dropped with a warning.
    """
    predictions = {key: np.asarray(v) for key, v in predictions.items()}
    results = []
    broken = 0
    for row, (image_id, letterbox) in enumerate(zip(image_ids, letterboxes)):
        count = min(int(predictions["count"][row]), POSES_PER_IMAGE)
        scores = predictions["scores"][row, :count]
        boxes = letterbox.invert_boxes(predictions["boxes"][row, :count])
        keypoints = np.array(predictions["keypoints"][row, :count], "float64")
        keypoints[..., :2] = letterbox.invert_points(keypoints[..., :2])
        for score, box, pose in zip(scores, boxes, keypoints):
            numbers = np.concatenate([[score], box, pose.ravel()])
            if not np.isfinite(numbers).all():
                broken += 1
                continue
            results.append(coco_result(image_id, category_id, score, box, pose))
    if broken:
        warnings.warn(f"{broken} poses with non-finite values were dropped.")
    return results


def coco_result(image_id, category_id, score, box, pose):
    """Converts a pose to an entry of the COCO results format.

    Args:
        image_id: id of the image.
        category_id: id of the category in the annotation file.
        score: float.
        box: array of shape (4,), xyxy in pixels of the original image.
        pose: array of shape (K, 3): x, y in the same pixels, and confidence.

    Returns:
        Dict with `image_id`, `category_id`, `keypoints` (3K floats), `score`
        and `bbox` (x, y, width, height).
    """
    left, top, right, bottom = (float(edge) for edge in box)
    return {
        "image_id": image_id,
        "category_id": category_id,
        "keypoints": np.asarray(pose, "float64").ravel().tolist(),
        "score": float(score),
        "bbox": [left, top, right - left, bottom - top],
    }


def read_results(source):
    """Reads a results file.

    Args:
        source: path of a COCO results file, or its content.

    Returns:
        Tuple of the name to use in error messages and the list of entries,
        not validated yet.

    Raises:
        InputError: if the file cannot be read, or is not a list.
    """
    if isinstance(source, (str, os.PathLike)):
        name, entries = str(source), read_json(source)
    else:
        name, entries = "results", source
    if not isinstance(entries, list):
        raise InputError(
            f"{name}: expected a list of results, got {type(entries).__name__}."
        )
    return name, entries


def check_results(entries, name, image_ids, category_id, keypoint_count):
    """Validates entries of the COCO results format.

    Args:
        entries: list of dicts, see `coco_result`. Either all of them have a
            `bbox` or none.
        name: string, file name for error messages.
        image_ids: ids of the images in the ground truth.
        category_id: id of the category in the ground truth.
        keypoint_count: integer, the number K of keypoints.

    Returns:
        List of new dicts with the fields that the evaluation reads.

    Raises:
        InputError: if an entry is malformed, naming file, entry and field.
    """
    image_ids = set(image_ids)
    with_boxes = any(isinstance(e, dict) and e.get("bbox") for e in entries)
    return [
        _check_entry(
            entry,
            f"{name}: entry {number}",
            image_ids,
            category_id,
            keypoint_count,
            with_boxes,
        )
        for number, entry in enumerate(entries)
    ]


def _check_entry(
    entry, where, image_ids, category_id, keypoint_count, with_boxes
):
    if not isinstance(entry, dict):
        raise InputError(f"{where}: expected an object, got {entry!r}.")
    image_id = entry.get("image_id")
    if not isinstance(image_id, ID_TYPES) or image_id not in image_ids:
        raise InputError(
            f"{where}: image_id: expected an image of the ground truth, got "
            f"{image_id!r}."
        )
    if entry.get("category_id") != category_id:
        raise InputError(
            f"{where}: category_id: expected {category_id!r}, got "
            f"{entry.get('category_id')!r}."
        )
    shapes = {"score": (), "keypoints": (3 * keypoint_count,)}
    if with_boxes:
        shapes["bbox"] = (4,)
    numbers = {
        field: check_numbers(entry.get(field), shape, f"{where}: {field}")
        for field, shape in shapes.items()
    }
    # Lists, because pycocotools compares `bbox` to [].
    numbers = {field: array.tolist() for field, array in numbers.items()}
    return {"image_id": image_id, "category_id": category_id, **numbers}
