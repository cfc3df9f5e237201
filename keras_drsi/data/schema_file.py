"""What a COCO file does not say of its keypoints, in a small JSON file."""

import json
import reprlib

from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema, left_right_pairs
from keras_drsi.models.presets import closest_name

FIELDS = ("names", "sigmas", "swap_pairs", "skeleton", "colors")


def read_schema_file(path):
    """Reads a file such as

        {"swap_pairs": [["left_ear", "right_ear"]],
         "sigmas": {"nose": 0.03, "left_ear": 0.04, "right_ear": 0.04}}

    Args:
        path: JSON file with any of the arguments of `KeypointSchema`;
            `sigmas` and `colors` as lists or by name.

    Returns:
        dict of those arguments.

    Raises:
        InputError: for a field that there is not, naming the closest one.
    """
    fields = read_json(path)
    if not isinstance(fields, dict):
        raise InputError(f"{path}: expected an object of {', '.join(FIELDS)}.")
    for name in fields:
        if name not in FIELDS:
            raise InputError(
                f"{path}: unknown field {name!r}{closest_name(name, FIELDS)}; "
                f"known: {', '.join(FIELDS)}."
            )
    return fields


def make_schema(category, fields, path):
    """The schema of a COCO category and what a file adds to it.

    Args:
        category: entry of `categories` with names and, perhaps, a skeleton.
        fields: what `read_schema_file` gives, with `sigmas`.
        path: what messages call the file.

    Returns:
        `KeypointSchema`. `left_x` and `right_x` are a pair, too, unless one
        of them stands in `swap_pairs`.

    Raises:
        InputError: if file and category do not fit, or a field is at fault.
    """
    names = tuple(category["keypoints"])
    if fields.get("names", list(names)) != list(names):
        raise InputError(
            f"{path}: names: expected the category's {', '.join(names)}; got "
            f"{json.dumps(fields['names'])}."
        )
    fields = {
        name: _in_order(value, names, f"{path}: {name}")
        for name, value in fields.items()
    }
    try:
        schema = KeypointSchema.from_coco_category(
            category,
            fields.pop("sigmas"),
            _with_pairs_by_name(fields.pop("swap_pairs", ()), names),
        )
        return KeypointSchema(
            **{
                "names": names,
                "sigmas": schema.sigmas,
                "swap_pairs": schema.swap_pairs,
                "skeleton": schema.skeleton,
                **fields,
            }
        )
    except (InputError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def schema_of_file(category, file, schema_file=None):
    """The schema of a category, and names whose sigmas are to be estimated.

    Args:
        category: entry of `categories` with keypoints.
        file: path of the annotation file.
        schema_file: path of what there is to add, see `read_schema_file`.

    Returns:
        `KeypointSchema`, and a list of names.
    """
    names = tuple(category["keypoints"])
    if schema_file is None and names == COCO_PERSON.names:
        return COCO_PERSON, []
    fields = {} if schema_file is None else read_schema_file(schema_file)
    sigmas, unknown = fields.get("sigmas", {}), []
    if isinstance(sigmas, dict):
        unknown = [name for name in names if name not in sigmas]
        sigmas = {**sigmas, **dict.fromkeys(unknown, 1.0)}
    schema = make_schema(
        category, {**fields, "sigmas": sigmas}, schema_file or file
    )
    return schema, unknown


def schema_of_names(category, file, schema):
    """The schema itself, if the category has its names.

    Args, Returns: see `schema_of_file`.

    Raises:
        InputError: if the category has other names.
    """
    names = tuple(category["keypoints"])
    if names != schema.names:
        raise InputError(
            f"{file}: category {category['id']}: keypoints: expected the "
            f"schema's names {reprlib.repr(list(schema.names))}, got "
            f"{reprlib.repr(list(names))}."
        )
    return schema, []


def _with_pairs_by_name(pairs, names):
    paired = {name for pair in pairs for name in pair}
    by_name = [
        pair for pair in left_right_pairs(names) if paired.isdisjoint(pair)
    ]
    return (*pairs, *by_name)


def _in_order(value, names, where):
    """Values given by name, as a list in the order of the names."""
    if not isinstance(value, dict):
        return value
    for name in value:
        if name not in names:
            raise InputError(
                f"{where}: unknown keypoint {name!r}"
                f"{closest_name(name, names)}."
            )
    missing = [name for name in names if name not in value]
    if missing:
        raise InputError(f"{where}: expected one for {missing[0]!r}, got none.")
    return [value[name] for name in names]
