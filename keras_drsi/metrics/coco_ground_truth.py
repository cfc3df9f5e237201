"""The ground truth of a COCO keypoint evaluation, checked."""

import os

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.json_file import read_json


class CocoGroundTruth:
    """The part of a COCO annotation file that keypoint evaluation reads.

    Only the one category that has keypoints is kept. The given object is
    left as it is: pycocotools writes into its ground truth, so it gets
    copies (see `dataset`).

    Args:
        source: path of an annotation file, or its content as a dict.
        image_ids: ids of the images that take part; by default all.

    Raises:
        InputError: if a list or field is missing or malformed, with file,
            annotation id and field; or if there is not exactly one category
            with keypoints.
    """

    def __init__(self, source, image_ids=None):
        if isinstance(source, (str, os.PathLike)):
            self.name, content = str(source), read_json(source)
        else:
            self.name, content = "ground truth", source
        for field in ("images", "annotations", "categories"):
            entries = content.get(field) if isinstance(content, dict) else None
            if not isinstance(entries, list) or not all(
                isinstance(entry, dict) and "id" in entry for entry in entries
            ):
                raise InputError(
                    f"{self.name}: expected a list {field!r} of objects "
                    "with an 'id'."
                )
        self.category = self._keypoint_category(content["categories"])
        self.image_ids = self._image_ids(content["images"], image_ids)
        known = set(self.image_ids)
        self.annotations = [
            entry
            for entry in content["annotations"]
            if entry.get("category_id") == self.category["id"]
            and self._image_id(entry) in known
        ]

    def _keypoint_category(self, categories):
        with_keypoints = [c for c in categories if c.get("keypoints")]
        # A file of one category may leave out the names.
        candidates = with_keypoints or categories
        if len(candidates) != 1:
            raise InputError(
                f"{self.name}: expected one category with 'keypoints', got "
                f"{[c.get('name') for c in candidates]}."
            )
        return candidates[0]

    def _image_ids(self, images, chosen):
        ids = [image["id"] for image in images]
        for image_id in ids:
            _check_id(image_id, f"{self.name}: images: 'id'")
        if chosen is None:
            return ids
        missing = set(chosen) - set(ids)
        if missing:
            raise InputError(
                f"{self.name}: no image with id {sorted(missing)[0]!r}."
            )
        return list(chosen)

    def _image_id(self, entry):
        where = f"{self.name}: annotation {entry['id']}: 'image_id'"
        return _check_id(entry.get("image_id"), where)

    def dataset(self, schema):
        """The checked content as pycocotools wants it.

        Args:
            schema: `KeypointSchema` of the category.

        Returns:
            dict of `images`, `categories` and `annotations`, all new objects.
            Annotations are numbered from 1, because pycocotools takes a match
            with number 0 for no match.
        """
        self._check_names(schema)
        persons = [
            {"id": number, **self._person(entry, schema)}
            for number, entry in enumerate(self.annotations, start=1)
        ]
        if not any(p["num_keypoints"] and not p["iscrowd"] for p in persons):
            raise InputError(
                f"{self.name}: nothing to evaluate: no annotation of category "
                f"{self.category['id']} has labelled keypoints in the "
                f"{len(self.image_ids)} images."
            )
        return {
            "images": [{"id": image_id} for image_id in self.image_ids],
            "categories": [{"id": self.category["id"]}],
            "annotations": persons,
        }

    def _check_names(self, schema):
        names = self.category.get("keypoints")
        if names and tuple(names) != schema.names:
            raise InputError(
                f"{self.name}: category {self.category['id']}: 'keypoints': "
                f"expected {list(schema.names)}, got {list(names)}."
            )

    def _person(self, entry, schema):
        where = f"{self.name}: annotation {entry['id']}"
        iscrowd = check_numbers(
            entry.get("iscrowd", 0), (), f"{where}: iscrowd"
        )
        number = check_numbers(
            entry.get("num_keypoints"), (), f"{where}: num_keypoints"
        )
        area = check_numbers(entry.get("area"), (), f"{where}: area")
        if area < 0:
            raise InputError(f"{where}: area: expected >= 0, got {area}.")
        return {
            "image_id": entry["image_id"],
            "category_id": entry["category_id"],
            "iscrowd": int(iscrowd),
            "num_keypoints": int(number),
            "area": float(area),
            "bbox": check_numbers(entry.get("bbox"), (4,), f"{where}: bbox"),
            "keypoints": check_numbers(
                entry.get("keypoints"),
                (3 * len(schema),),
                f"{where}: keypoints",
            ),
        }


def check_numbers(value, shape, where):
    """Checks that JSON holds finite numbers of a shape.

    Args:
        value: what the JSON file holds.
        shape: `()` for a number, `(n,)` for a list of n numbers.
        where: file, entry and field, the beginning of the message.

    Returns:
        `value` as a NumPy array of `shape`.

    Raises:
        InputError: if `value` is anything else.
    """
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        array = np.asarray(None)
    if array.shape != shape or array.dtype.kind not in "iuf":
        expected = f"{shape[0]} numbers" if shape else "a number"
        raise InputError(f"{where}: expected {expected}, got {_brief(value)}.")
    if not np.isfinite(array).all():
        raise InputError(
            f"{where}: expected finite numbers, got {_brief(value)}."
        )
    return array


def _check_id(value, where):
    if not isinstance(value, (int, str)):
        raise InputError(
            f"{where}: expected an integer or a string, got {_brief(value)}."
        )
    return value


def _brief(value):
    text = repr(value)
    if isinstance(value, (list, tuple)) and len(text) > 60:
        return f"{len(value)} values {text[:50]}..."
    return text if len(text) <= 60 else text[:57] + "..."
