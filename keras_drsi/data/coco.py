"""A COCO directory, read into checked records."""

import dataclasses
import functools
import os

import numpy as np

from keras_drsi.data.annotation import (
    check_annotation,
    check_count,
    check_id,
    quoted,
)
from keras_drsi.data.held_out import part_of_split
from keras_drsi.data.persons import Persons
from keras_drsi.data.report import Report
from keras_drsi.data.schema_file import schema_of_file, schema_of_names
from keras_drsi.data.sigmas import FEWEST_OBJECTS, estimate_sigmas
from keras_drsi.errors import InputError
from keras_drsi.files.image_file import check_image_file
from keras_drsi.files.json_file import read_json
from keras_drsi.keypoints import KeypointSchema

SPLITS = ("train", "val")
# cv2 addresses the pixels of a warp with 16-bit integers.
LONGEST_SIDE = 32767


@dataclasses.dataclass(frozen=True)
class CocoImage:
    """One photo and what is annotated in it.

    Training learns from `persons`. COCO's evaluation neither rewards nor
    punishes what it finds in `ignored`: crowds, and persons without a
    labelled keypoint. The loss knows no such regions, so training leaves
    them out of its targets, as YOLO-Pose does.

    Args:
        id: COCO's image id.
        path: path of the photo.
        width: stored width in pixels; EXIF rotation is not applied, as in
            COCO.
        height: stored height in pixels.
        persons: `Persons` with at least one labelled keypoint each, boxes
            clipped to the photo.
        annotation_ids: the persons' n COCO ids.
        ignored: `Persons` that evaluation ignores.
        ignored_ids: the COCO ids of `ignored`.
    """

    id: int
    path: str
    width: int
    height: int
    persons: Persons
    annotation_ids: tuple
    ignored: Persons
    ignored_ids: tuple


@dataclasses.dataclass(frozen=True)
class CocoPoses:
    """The poses of one split of a COCO directory.

    Args:
        images: tuple of `CocoImage`, in the file's order. Photos without
            persons are kept, as background.
        schema: `KeypointSchema` of the one category with keypoints.
        category_id: COCO's id of that category.
        annotation_file: path of the file the records come from.
        report: `Report` of what was skipped or mended, and why.
    """

    images: tuple
    schema: KeypointSchema
    category_id: int
    annotation_file: str
    report: Report

    def __len__(self):
        return len(self.images)

    @property
    def persons_count(self):
        return sum(len(image.persons) for image in self.images)


def read_coco(directory, split, schema=None, schema_file=None, hold_out=None):
    """Reads one split of a directory in COCO's own layout.

    The layout is `annotations/person_keypoints_{split}2017.json` and
    `{split}2017/*.jpg`. A bad photo or annotation is skipped and stands in
    the report; pixels are not decoded here (see `verify_photos`).

    Args:
        directory: path of the directory.
        split: `"train"` or `"val"`.
        schema: `KeypointSchema`. By default `COCO_PERSON`, if the category's
            names are COCO's, else the names and skeleton in the annotation
            file.
        schema_file: path of a file that adds swap pairs and sigmas to those,
            see `read_schema_file`. Sigmas that nobody gives are estimated,
            see `estimate_sigmas`, and stand in the report.
        hold_out: integer N for a directory that has only a train split:
            every N-th image of it, by `held_out`, is the val split, and the
            others are the train split.

    Returns:
        `CocoPoses`.

    Raises:
        InputError: if the file is missing, is not COCO JSON, describes other
            keypoints than `schema`, or holds nothing usable, or if
            `hold_out` is given for a directory with a val split.
    """
    if schema is None:
        of_category = functools.partial(schema_of_file, schema_file=schema_file)
    else:
        of_category = functools.partial(schema_of_names, schema=schema)
    poses = read_records(directory, split, of_category, hold_out)
    refuse_if_unusable(poses)
    return poses


def read_records(directory, split, schema_of_category, hold_out=None):
    """Reads one split, with persons or without.

    Args:
        directory: path of the directory.
        split: `"train"` or `"val"`.
        schema_of_category: function of the category with keypoints and the
            path of the annotation file that gives the `KeypointSchema` of
            the annotations, and a list of the names whose sigmas are to be
            estimated.
        hold_out: see `read_coco`.

    Returns:
        `CocoPoses`.

    Raises:
        InputError: if the file is missing, is not COCO JSON, or has no
            usable photo.
    """
    if split not in SPLITS:
        raise InputError(f"split: expected one of {SPLITS}, got {split!r}.")
    directory = os.fspath(directory)
    source = split if hold_out is None else "train"
    file = annotation_file(directory, source)
    content = _lists(read_json(file), file)
    report = Report(file)
    if hold_out is not None:
        if has_val_split(directory):
            raise InputError(
                "hold_out: expected a data set without a val split, but "
                f"{annotation_file(directory, 'val')} exists."
            )
        content = part_of_split(content, split, hold_out, report)
    category = _keypoint_category(content["categories"], file)
    schema, unknown = schema_of_category(category, file)
    photos = _photos(
        content["images"], os.path.join(directory, f"{source}2017"), report
    )
    known = {entry.get("id") for entry in content["images"] if _has_id(entry)}
    found = {image_id: [] for image_id in photos}
    for annotation in _annotations(
        content, category["id"], schema, photos, known, report
    ):
        found[annotation.image_id].append(annotation)
    images = tuple(
        _image(image_id, *photos[image_id], found[image_id], schema)
        for image_id in photos
    )
    poses = CocoPoses(images, schema, category["id"], file, report)
    refuse_without_photos(poses)
    return _with_estimated_sigmas(poses, unknown) if unknown else poses


def annotation_file(directory, split):
    """Path of the annotations of one split of a COCO directory."""
    name = f"person_keypoints_{split}2017.json"
    return os.path.join(os.fspath(directory), "annotations", name)


def has_val_split(directory):
    """Whether a directory has annotations of a val split of its own."""
    return os.path.exists(annotation_file(directory, "val"))


def _with_estimated_sigmas(poses, unknown):
    schema = poses.schema
    estimates, known = estimate_sigmas(
        [image.persons for image in poses.images], len(schema)
    )
    sigmas = dict(zip(schema.names, schema.sigmas))
    estimated, assumed = [], []
    for name, sigma, is_estimate in zip(schema.names, estimates, known):
        if name in unknown:
            sigmas[name] = sigma
            (estimated if is_estimate else assumed).append(f"{name} {sigma}")
    for how, which in (
        ("estimated from the labels", estimated),
        (f"the mean, for want of {FEWEST_OBJECTS} labels", assumed),
    ):
        if which:
            poses.report.add_note(
                f"{poses.annotation_file}: OKS sigmas that are not given, "
                f"{how}: {', '.join(which)}"
            )
    return dataclasses.replace(
        poses, schema=dataclasses.replace(schema, sigmas=sigmas.values())
    )


def refuse_if_unusable(poses):
    """Raises `InputError` if there is no photo or no person to learn."""
    refuse_without_photos(poses)
    if not poses.persons_count:
        _refuse(poses, "person with a labelled keypoint")


def refuse_without_photos(poses):
    """Raises `InputError` if there is no photo."""
    if not poses.images:
        _refuse(poses, "usable photo")


def _refuse(poses, missing):
    lines = poses.report.lines
    first = f" The first of {len(lines)} problems: {lines[0]}" if lines else ""
    raise InputError(
        f"{poses.annotation_file}: expected at least one {missing}, got "
        f"none.{first}"
    )


def _lists(content, file):
    for field in ("images", "annotations", "categories"):
        entries = content.get(field) if isinstance(content, dict) else None
        if not isinstance(entries, list):
            raise InputError(
                f"{file}: {field}: expected a list, got {quoted(entries)}."
            )
    return content


def _keypoint_category(categories, file):
    with_keypoints = [
        entry
        for entry in categories
        if isinstance(entry, dict) and entry.get("keypoints")
    ]
    if len(with_keypoints) != 1:
        raise InputError(
            f"{file}: categories: expected exactly one with 'keypoints', got "
            f"{len(with_keypoints)}."
        )
    category = with_keypoints[0]
    names = category["keypoints"]
    check_id(category.get("id"), f"{file}: categories: id")
    if not isinstance(names, list) or not all(
        isinstance(name, str) for name in names
    ):
        raise InputError(
            f"{file}: category {category['id']}: keypoints: expected a list "
            f"of names, got {quoted(names)}."
        )
    return category


def _has_id(entry):
    return isinstance(entry, dict) and isinstance(entry.get("id"), int)


def _photos(entries, directory, report):
    """{image id: (path, width, height)} of the usable photos."""
    photos, refused = {}, set()
    for number, entry in enumerate(entries):
        try:
            if not isinstance(entry, dict):
                raise InputError(
                    f"{report.file}: images[{number}]: expected an object, "
                    f"got {quoted(entry)}."
                )
            where = f"{report.file}: images[{number}]: id"
            image_id = check_id(entry.get("id"), where)
            where = f"{report.file}: image {image_id}"
            if image_id in photos or image_id in refused:
                raise InputError(
                    f"{where}: id: expected to stand once, got it again."
                )
            refused.add(image_id)
            photos[image_id] = _photo(entry, directory, where)
        except InputError as problem:
            report.skip_image(problem)
    return photos


def _photo(entry, directory, where):
    width, height = (
        check_count(entry.get(side), LONGEST_SIDE, f"{where}: {side}")
        for side in ("width", "height")
    )
    name = entry.get("file_name")
    if not isinstance(name, str) or not name:
        raise InputError(
            f"{where}: file_name: expected a name, got {quoted(name)}."
        )
    path = os.path.join(directory, name)
    check_image_file(path, f"{where}: file_name")
    return path, width, height


def _annotations(content, category_id, schema, photos, known, report):
    """The usable annotations of the one category, in order."""
    categories = {
        entry["id"] for entry in content["categories"] if _has_id(entry)
    }
    ids = set()
    for number, entry in enumerate(content["annotations"]):
        where = f"{report.file}: annotations[{number}]"
        try:
            if not isinstance(entry, dict):
                raise InputError(
                    f"{where}: expected an object, got {quoted(entry)}."
                )
            annotation_id = check_id(entry.get("id"), f"{where}: id")
            where = f"{report.file}: annotation {annotation_id}"
            if annotation_id in ids:
                raise InputError(
                    f"{where}: id: expected to stand once, got it again."
                )
            ids.add(annotation_id)
            category = check_id(
                entry.get("category_id"), f"{where}: category_id"
            )
            if category not in categories:
                raise InputError(
                    f"{where}: category_id: expected one of 'categories', "
                    f"got {category}."
                )
            image_id = check_id(entry.get("image_id"), f"{where}: image_id")
            if image_id not in known:
                raise InputError(
                    f"{where}: image_id: expected one of 'images', got "
                    f"{image_id}."
                )
            if category != category_id:
                continue
            if image_id not in photos:
                report.skip_annotation_of_skipped_image()
                continue
            yield check_annotation(
                entry, schema, *photos[image_id][1:], where, report
            )
        except InputError as problem:
            report.skip_annotation(problem)


def _image(image_id, path, width, height, annotations, schema):
    persons = [a for a in annotations if not a.is_ignored]
    ignored = [a for a in annotations if a.is_ignored]
    return CocoImage(
        image_id,
        path,
        width,
        height,
        _persons(persons, schema),
        tuple(a.id for a in persons),
        _persons(ignored, schema),
        tuple(a.id for a in ignored),
    )


def _persons(annotations, schema):
    if not annotations:
        return Persons.none(len(schema))
    return Persons(
        np.stack([a.box for a in annotations]),
        np.stack([a.keypoints for a in annotations]),
        np.array([a.area for a in annotations], "float32"),
    )
