"""Detected poses in COCO's results format."""

import os
import warnings

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json
from keras_drsi.metrics.coco_ground_truth import ID_TYPES, check_numbers

# COCO's keypoint evaluation reads the best 20 poses of an image; keeping no
# more bounds the memory without changing a number.
POSES_PER_IMAGE = 20


def coco_results(predictions, image_ids, letterboxes, category_id=1):
    """Turns a batch of predictions into entries of COCO's results format.

    Args:
        predictions: dict of arrays `boxes` (B, P, 4) xyxy, `scores` (B, P),
            `keypoints` (B, P, K, 3) as (x, y, confidence) and `count` (B,),
            best score first, in pixels of the letterboxed image.
        image_ids: up to B ids; images beyond them are left out.
        letterboxes: as many `Letterbox`, by which coordinates go back to the
            pixels of the image file.
        category_id: id of the category in the annotation file.

    Returns:
        list of dicts `image_id`, `category_id`, `keypoints` (3K floats),
        `score`, and `bbox` (x, y, width, height), at most 20 for an image.
        Poses with a non-finite number are left out, with a warning.

    With `bbox`, pycocotools takes the size of a pose for `AP_M` and `AP_L`
    from the box; without, from the extent of the keypoints.
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
        warnings.warn(f"{broken} poses with non-finite numbers were left out.")
    return results


def coco_result(image_id, category_id, score, box, pose):
    """One pose as an entry of COCO's results format.

    Args:
        image_id: id of the image.
        category_id: id of the category in the annotation file.
        score: number.
        box: (4,) xyxy in pixels of the image file.
        pose: (K, 3) x, y, confidence.
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
        source: path of a file in COCO's results format, or its content.

    Returns:
        the name to use in messages, and the list of entries (unchecked).
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
    """Checks entries of COCO's results format.

    Args:
        entries: list of dicts as `coco_results` makes them; `bbox` may be
            absent, but then from all.
        name: file name for messages.
        image_ids: the ids of the ground truth.
        category_id: the id of the ground truth's category.
        keypoint_count: K.

    Returns:
        list of new dicts with the fields that evaluation reads.

    Raises:
        InputError: with file, entry, field, expectation and value.
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
            f"{where}: image_id: expected the id of an image of the ground "
            f"truth, got {image_id!r}."
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
    # Lists, because pycocotools compares `bbox` with [].
    numbers = {field: array.tolist() for field, array in numbers.items()}
    return {"image_id": image_id, "category_id": category_id, **numbers}
