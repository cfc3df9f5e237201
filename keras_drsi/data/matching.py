"""Data sets of different keypoints, matched by the keypoints' names."""

import dataclasses
import functools

import numpy as np

from keras_drsi.data.coco import read_records
from keras_drsi.data.persons import Persons
from keras_drsi.data.schema_file import make_schema, schema_of_file
from keras_drsi.errors import InputError


def read_matched(
    directory,
    split,
    schema=None,
    schema_file=None,
    hold_out=None,
    schema_source="the schema",
):
    """Reads one split for a training together with other data sets.

    As `read_coco`, but the split may be without persons, and its keypoints
    are matched with those of `schema` by name. Keypoints of the schema that
    the data set does not have count as not labelled; its other keypoints are
    left out. Persons on whom nothing of the schema is labelled are ignored.

    Args:
        directory: path of the directory, in COCO's layout.
        split: `"train"` or `"val"`.
        schema: `KeypointSchema` of the training. By default the data set's
            own, see `read_coco`.
        schema_file: see `read_coco`.
        hold_out: see `read_coco`.
        schema_source: what messages call the origin of `schema`, for example
            a file.

    Returns:
        `CocoPoses`.

    Raises:
        InputError: if the data set has no keypoint of that name, or cannot
            be used.
    """
    if schema is None:
        own = functools.partial(schema_of_file, schema_file=schema_file)
        return read_records(directory, split, own, hold_out)
    poses = read_records(directory, split, _names_alone, hold_out)
    return matched(poses, schema, schema_source)


def _names_alone(category, file):
    """A schema for reading; the sigmas are never looked at."""
    sigmas = [1.0] * len(category["keypoints"])
    return make_schema(category, {"sigmas": sigmas}, file), []


def matched(poses, schema, schema_source="the schema"):
    """A data set in the keypoints of another schema.

    Args:
        poses: `CocoPoses`.
        schema: `KeypointSchema`.
        schema_source: what messages call the origin of `schema`.

    Returns:
        `CocoPoses` of `schema`. The report of `poses` gains a note if the
        names differ.

    Raises:
        InputError: if the two have no name in common.
    """
    names = poses.schema.names
    if names == schema.names:
        return dataclasses.replace(poses, schema=schema)
    if not set(names) & set(schema.names):
        raise InputError(
            f"{poses.annotation_file}: keypoints: expected some of those of "
            f"{schema_source}, {', '.join(schema.names)}; got "
            f"{', '.join(names)}."
        )
    for note, some in (
        ("not labelled here", set(schema.names) - set(names)),
        ("left out", set(names) - set(schema.names)),
    ):
        if some:
            listed = [n for n in (*schema.names, *names) if n in some]
            poses.report.add_note(
                f"{poses.annotation_file}: keypoints matched by name; {note}: "
                f"{', '.join(listed)}"
            )
    # Position in the set's own keypoints; -1 for the one that is added.
    index = [names.index(n) if n in names else -1 for n in schema.names]
    images = tuple(_matched_image(image, index) for image in poses.images)
    return dataclasses.replace(poses, images=images, schema=schema)


def _matched_image(image, index):
    persons = _rearranged(image.persons, index)
    learnt = persons.labelled
    ids = np.array(image.annotation_ids, dtype=object)
    return dataclasses.replace(
        image,
        persons=persons.chosen(learnt),
        annotation_ids=tuple(ids[learnt]),
        ignored=Persons.together(
            [_rearranged(image.ignored, index), persons.chosen(~learnt)]
        ),
        ignored_ids=(*image.ignored_ids, *ids[~learnt]),
    )


def _rearranged(persons, index):
    not_labelled = np.zeros((len(persons), 1, 3), "float32")
    keypoints = np.concatenate([persons.keypoints, not_labelled], axis=1)
    return dataclasses.replace(persons, keypoints=keypoints[:, index])
