"""Validated ground truth of a COCO keypoint evaluation."""

import os

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json

ID_TYPES = (int, str)


class CocoGroundTruth:
    """The fields of a COCO annotation file used by keypoint evaluation.

    Keeps the one category with keypoints. The content is not modified:
    pycocotools writes into its ground truth, and therefore gets copies (see
    `dataset`).

    Args:
        source: path of an annotation file, or its content as a dict.
        image_ids: ids of the images to evaluate. Defaults to all.
        annotation_ids: ids of the annotations to evaluate. Defaults to all.
            The first annotation counts if the file repeats an id.

    Raises:
        InputError: if a list or field is missing or malformed, naming file,
            annotation and field, or if there is not exactly one category with
            keypoints.
    """

    def __init__(self, source, image_ids=None, annotation_ids=None):
        if isinstance(source, (str, os.PathLike)):
            self.name, content = str(source), read_json(source)
        else:
            self.name, content = "ground truth", source
        categories = self._entries(content, "categories")
        images = self._entries(content, "images", image_ids)
        annotations = self._entries(content, "annotations", annotation_ids)
        self.category = self._keypoint_category(categories)
        self.image_ids = [image["id"] for image in images]
        self.annotations = self._of_category(annotations)

    def _entries(self, content, field, chosen=None):
        entries = content.get(field) if isinstance(content, dict) else None
        if not isinstance(entries, list):
            raise InputError(
                f"{self.name}: {field}: expected a list, got {_brief(entries)}."
            )
        if chosen is None:
            for number, entry in enumerate(entries):
                if not _has_id(entry):
                    raise InputError(
                        f"{self.name}: {field}[{number}]: expected an object "
                        f"with an id, got {_brief(entry)}."
                    )
            return entries
        wanted = set(chosen)
        found = {}
        for entry in entries:
            if _has_id(entry) and entry["id"] in wanted:
                found.setdefault(entry["id"], entry)
        if len(found) < len(wanted):
            absent = sorted(wanted - set(found))[0]
            raise InputError(
                f"{self.name}: {field}: expected an entry with id {absent}, "
                "got none."
            )
        return list(found.values())

    def _keypoint_category(self, categories):
        with_keypoints = [c for c in categories if c.get("keypoints")]
        # Files with a single category may omit the keypoint names.
        candidates = with_keypoints or categories
        if len(candidates) != 1:
            raise InputError(
                f"{self.name}: expected one category with 'keypoints', got "
                f"{[c.get('name') for c in candidates]}."
            )
        return candidates[0]

    def _of_category(self, annotations):
        image_ids = set(self.image_ids)
        chosen = []
        for entry in annotations:
            if entry.get("category_id") != self.category["id"]:
                continue
            image_id = entry.get("image_id")
            if not isinstance(image_id, ID_TYPES):
                raise InputError(
                    f"{self.name}: annotation {entry['id']}: image_id: "
                    f"expected an id, got {_brief(image_id)}."
                )
            if image_id in image_ids:
                chosen.append(entry)
        return chosen

    def dataset(self, schema):
        """The validated content in the format of pycocotools.

        Args:
            schema: `KeypointSchema` of the category.

        Returns:
            Dict with new lists `images`, `categories` and `annotations`.
            Annotation ids start at 1, because pycocotools reads a match with
            id 0 as no match.

        Raises:
            InputError: if an annotation is malformed, the keypoint names are
                not those of `schema`, or no person has labeled keypoints.
        """
        self._check_names(schema)
        persons = [
            {"id": number, **self._person(entry, schema)}
            for number, entry in enumerate(self.annotations, start=1)
        ]
        if not any(p["num_keypoints"] and not p["iscrowd"] for p in persons):
            raise InputError(
                f"{self.name}: expected labeled keypoints of category "
                f"{self.category['id']} in the {len(self.image_ids)} images, "
                "got none: nothing to evaluate."
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
        shape = (3 * len(schema),)
        if iscrowd and "keypoints" not in entry:
            keypoints = np.zeros(shape)  # a crowd is matched by its box
        else:
            keypoints = check_numbers(
                entry.get("keypoints"), shape, f"{where}: keypoints"
            )
        number = check_numbers(
            entry.get("num_keypoints", int((keypoints[2::3] > 0).sum())),
            (),
            f"{where}: num_keypoints",
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
            "keypoints": keypoints,
        }


def check_numbers(value, shape, where):
    """Checks that a JSON value consists of finite numbers.

    Args:
        value: the parsed value.
        shape: `()` for a number, `(n,)` for a list of n numbers.
        where: string, prefix of the error message: file, entry and field.

    Returns:
        NumPy array of the given shape.

    Raises:
        InputError: if the value has another type or shape, or is not finite.
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


def _has_id(entry):
    return isinstance(entry, dict) and isinstance(entry.get("id"), ID_TYPES)


def _brief(value):
    text = repr(value)
    if isinstance(value, (list, tuple)) and len(text) > 60:
        return f"{len(value)} values {text[:50]}..."
    return text if len(text) <= 60 else text[:57] + "..."
