"""Synthetic people as a directory in COCO's own layout."""

import json
import os
import shutil
import tempfile

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from keras_drsi.data.synthetic.crowd import EVERYDAY
from keras_drsi.data.synthetic.scene import compose_scene
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.progress_bar import progress_bar

_SPLITS = ("train", "val")
_FIRST_ID = {"train": 1, "val": 1_000_001}
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]
_PEOPLE_PER_IMAGE = 100  # room for annotation ids
_CATEGORY = {
    "id": 1,
    "name": "person",
    "supercategory": "person",
    "keypoints": list(COCO_PERSON.names),
    "skeleton": [[a + 1, b + 1] for a, b in COCO_PERSON.skeleton_index],
}


def write_synthetic_people(
    directory,
    train_images,
    val_images,
    image_size=320,
    seed=0,
    crowd=EVERYDAY,
):
    """Writes pictures of synthetic people with exact COCO annotations.

    Image `i` of a split depends on `seed`, the split, `i`, the size and the
    crowd alone, never on how many images are written. Until the last file is
    written all stand in a hidden folder beside `directory`.

    Args:
        directory: path that does not exist yet, or is an empty folder. Gets
            `annotations/person_keypoints_{train,val}2017.json`, `train2017`
            and `val2017`.
        train_images, val_images: numbers of images, at least 1 each.
        image_size: pixels, one integer for squares or (width, height).
        seed: non-negative integer.
        crowd: `Crowd`, who is in the pictures.

    Raises:
        InputError: if the directory holds anything already, or a number is
            out of range.

    Example:

    >>> write_synthetic_people("people", train_images=800, val_images=100)
    """
    size = _checked_size(image_size)
    counts = (
        _checked("train_images", train_images, 1),
        _checked("val_images", val_images, 1),
    )
    seed = _checked("seed", seed, 0)
    directory = os.path.abspath(os.fspath(directory))
    if os.path.exists(directory) and not _is_empty_folder(directory):
        raise InputError(
            f"{directory}: expected a new or empty directory, it holds files."
        )
    parent = os.path.dirname(directory)
    os.makedirs(parent, exist_ok=True)
    # Under another name until complete, so that an interrupted write cannot
    # be taken for a data set.
    unfinished = tempfile.mkdtemp(
        prefix=f".{os.path.basename(directory)}-unfinished-", dir=parent
    )
    try:
        os.mkdir(os.path.join(unfinished, "annotations"))
        for split, count in zip(_SPLITS, counts):
            _write_split(unfinished, split, count, size, seed, crowd)
        os.chmod(unfinished, 0o755)
        os.replace(unfinished, directory)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def synthetic_scene(seed, split, index, image_size=320, crowd=EVERYDAY):
    """Image `index` of a split, as `write_synthetic_people` writes it.

    Returns:
        `Scene`.
    """
    rng = np.random.default_rng([seed, _SPLITS.index(split), index])
    return compose_scene(rng, *_checked_size(image_size), crowd)


def _write_split(directory, split, count, size, seed, crowd):
    folder = os.path.join(directory, f"{split}2017")
    os.mkdir(folder)
    images, annotations = [], []
    for index in progress_bar(range(count), desc=f"synthetic {split}"):
        scene = synthetic_scene(seed, split, index, size, crowd)
        image_id = _FIRST_ID[split] + index
        name = f"{image_id:012d}.jpg"
        path = os.path.join(folder, name)
        if not cv2.imwrite(path, scene.image[..., ::-1], _JPEG):
            raise OSError(f"{path}: could not be written.")
        width, height = size
        images.append(
            {
                "id": image_id,
                "file_name": name,
                "width": width,
                "height": height,
            }
        )
        annotations += _annotate(scene, image_id)
    content = {
        "info": {"description": f"Synthetic people, seed {seed}"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [_CATEGORY],
    }
    path = os.path.join(
        directory, "annotations", f"person_keypoints_{split}2017.json"
    )
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)


def _annotate(scene, image_id):
    annotations = []
    for number, person in enumerate(scene.people):
        runs = coco_mask.encode(np.asfortranarray(person.mask, "uint8"))
        keypoints = person.keypoints
        annotations.append(
            {
                "id": image_id * _PEOPLE_PER_IMAGE + number,
                "image_id": image_id,
                "category_id": _CATEGORY["id"],
                "iscrowd": 0,
                "segmentation": {
                    "size": runs["size"],
                    "counts": runs["counts"].decode("ascii"),
                },
                "area": int(person.mask.sum()),
                "bbox": coco_mask.toBbox(runs).tolist(),
                "keypoints": _numbers(keypoints),
                "num_keypoints": int((keypoints[:, 2] > 0).sum()),
            }
        )
    return annotations


def _numbers(keypoints):
    """x, y, v, x, y, v, ... with x and y to a hundredth of a pixel."""
    return [
        number
        for x, y, v in keypoints.tolist()
        for number in (round(x, 2), round(y, 2), int(v))
    ]


def _is_empty_folder(path):
    return os.path.isdir(path) and not os.listdir(path)


def _checked_size(image_size):
    pair = (image_size,) * 2 if np.ndim(image_size) == 0 else image_size
    if len(pair) != 2:
        raise InputError(
            f"image_size must be one integer or (width, height), "
            f"got {image_size}."
        )
    return tuple(_checked("image_size", side, 64) for side in pair)


def _checked(name, value, least):
    if isinstance(value, bool) or int(value) != value or value < least:
        raise InputError(
            f"{name} must be an integer of at least {least}, got {value}."
        )
    return int(value)
