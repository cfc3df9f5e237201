import json
import shutil

import numpy as np
import pytest

from keras_drsi.data.coco import read_coco
from keras_drsi.data.label_sheet import (
    GAP,
    SIDE,
    keypoint_table,
    label_sheet,
    lonely_sides,
)
from keras_drsi.errors import InputError
from keras_drsi.keypoints import KeypointSchema


def test_each_photo_beside_its_mirror_image(coco_directory):
    poses = read_coco(coco_directory, "val")
    # Three of the four photos have persons; pictures stand in pairs.
    picture = label_sheet(poses, count=9)
    assert picture.shape == (2 * SIDE, 4 * (SIDE + GAP), 3)
    assert label_sheet(poses, count=1).shape == (SIDE, 4 * (SIDE + GAP), 3)
    # Noise is the same mirrored, where nothing is drawn over it.
    corner = picture[2:12, 2:12].astype(int)
    end = 2 * SIDE + GAP
    mirrored = picture[2:12, end - 12 : end - 2][:, ::-1].astype(int)
    assert np.abs(corner - mirrored).mean() < 3


def test_a_wrong_pair_shows_in_the_mirrored_picture(coco_directory, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"swap_pairs": [["left_hip", "nose"]]}))
    right_picture, wrong_picture = (
        label_sheet(read_coco(coco_directory, "val", schema_file=file), count=1)
        for file in (write_pairs(tmp_path), wrong)
    )
    changed = (right_picture != wrong_picture).any(axis=(0, 2))
    assert changed[SIDE + GAP : 2 * SIDE + GAP].any()


def write_pairs(tmp_path):
    path = tmp_path / "right.json"
    path.write_text("{}")
    return path


def test_table(coco_directory):
    lines = keypoint_table(read_coco(coco_directory, "val")).splitlines()
    assert len(lines) == 18
    assert lines[1].split() == ["nose", "-", "0.026", "100%", "0%"]
    assert lines[2].split()[:2] == ["left_eye", "right_eye"]


def test_lonely_sides():
    schema = KeypointSchema(
        ("left_ear", "right_ear", "tail_left", "nose"),
        (0.1,) * 4,
        swap_pairs=(("left_ear", "right_ear"),),
    )
    assert lonely_sides(schema) == ["tail_left"]


def test_nothing_can_be_decoded(coco_directory, tmp_path):
    shutil.copytree(coco_directory, tmp_path / "coco")
    for photo in (tmp_path / "coco" / "val2017").iterdir():
        photo.write_bytes(photo.read_bytes()[:60])
    with pytest.raises(InputError):
        label_sheet(read_coco(tmp_path / "coco", "val"), 4)
