import filecmp
import functools
import json
import os

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from keras_drsi.data.synthetic import dataset, write_synthetic_people
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON

SIZE = (160, 128)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("synthetic") / "people"
    write_synthetic_people(directory, 6, 10, SIZE, seed=5)
    return directory


@functools.cache
def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def annotation_file(directory, split):
    return directory / "annotations" / f"person_keypoints_{split}2017.json"


def all_annotations(directory):
    return [
        annotation
        for split in ("train", "val")
        for annotation in load(annotation_file(directory, split))["annotations"]
    ]


def test_layout_is_that_of_coco(written):
    assert sorted(os.listdir(written)) == [
        "annotations",
        "train2017",
        "val2017",
    ]
    for split, count in (("train", 6), ("val", 10)):
        content = load(annotation_file(written, split))
        names = [image["file_name"] for image in content["images"]]
        assert sorted(os.listdir(written / f"{split}2017")) == sorted(names)
        assert len(names) == count
        for image in content["images"]:
            pixels = cv2.imread(
                str(written / f"{split}2017" / image["file_name"])
            )
            assert pixels.shape == (image["height"], image["width"], 3)
            assert (image["width"], image["height"]) == SIZE


def test_category_is_that_of_the_schema(written):
    (category,) = load(annotation_file(written, "val"))["categories"]
    again = type(COCO_PERSON).from_coco_category(category, COCO_PERSON.sigmas)
    assert again == COCO_PERSON


def test_ids_are_unique(written):
    ids = [annotation["id"] for annotation in all_annotations(written)]
    assert len(set(ids)) == len(ids) > 10
    images = [
        image["id"]
        for split in ("train", "val")
        for image in load(annotation_file(written, split))["images"]
    ]
    assert len(set(images)) == len(images)


def test_area_and_box_are_those_of_the_mask(written):
    for annotation in all_annotations(written):
        mask = coco_mask.decode(annotation["segmentation"])
        assert mask.shape == SIZE[::-1]
        assert annotation["area"] == mask.sum()
        row, column = mask.nonzero()
        x, y, width, height = annotation["bbox"]
        assert (x, x + width) == (column.min(), column.max() + 1)
        assert (y, y + height) == (row.min(), row.max() + 1)


def test_keypoints_follow_the_conventions(written):
    for annotation in all_annotations(written):
        assert annotation["iscrowd"] == 0
        keypoints = np.reshape(annotation["keypoints"], (len(COCO_PERSON), 3))
        labelled = keypoints[:, 2] > 0
        assert annotation["num_keypoints"] == labelled.sum() >= 3
        assert not keypoints[~labelled].any()
        inside = (keypoints[:, :2] >= 0) & (keypoints[:, :2] <= SIZE)
        assert inside[labelled].all()


def test_truth_as_detections_is_perfect(written):
    truth = COCO(str(annotation_file(written, "val")))
    detections = truth.loadRes(
        [
            {
                "image_id": annotation["image_id"],
                "category_id": annotation["category_id"],
                "keypoints": annotation["keypoints"],
                "score": 0.9,
            }
            for annotation in truth.dataset["annotations"]
        ]
    )
    evaluation = COCOeval(truth, detections, "keypoints")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1.0


def test_an_image_depends_on_seed_split_and_index_alone(written, tmp_path):
    write_synthetic_people(tmp_path / "again", 3, 1, SIZE, seed=5)
    write_synthetic_people(tmp_path / "other", 1, 1, SIZE, seed=6)

    def images(directory, split):
        folder = directory / f"{split}2017"
        return [folder / name for name in sorted(os.listdir(folder))]

    for split in ("train", "val"):
        again = images(tmp_path / "again", split)
        for old, new in zip(images(written, split), again):
            assert filecmp.cmp(old, new, shallow=False)
        ids = {int(path.stem) for path in again}
        old, new = (
            [a for a in load(annotation_file(d, split))["annotations"]
             if a["image_id"] in ids]
            for d in (written, tmp_path / "again")
        )  # fmt: skip
        assert old == new
    first = [images(written, split)[0] for split in ("train", "val")]
    first.append(images(tmp_path / "other", "train")[0])
    contents = [path.read_bytes() for path in first]
    assert len(set(contents)) == 3


def test_a_directory_with_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds files"):
        write_synthetic_people(tmp_path, 1, 1, SIZE)
    assert os.listdir(tmp_path) == ["notes.txt"]
    with pytest.raises(InputError, match="holds files"):
        write_synthetic_people(tmp_path / "notes.txt", 1, 1, SIZE)


def test_an_empty_directory_will_do(tmp_path):
    write_synthetic_people(tmp_path / "new" / "people", 1, 1, 64)
    (tmp_path / "empty").mkdir()
    write_synthetic_people(tmp_path / "empty", 1, 1, 64)
    assert len(os.listdir(tmp_path / "empty")) == 3


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    compose = dataset.compose_scene
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return compose(*arguments)

    monkeypatch.setattr(dataset, "compose_scene", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_synthetic_people(tmp_path / "people", 4, 1, SIZE)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "change, field",
    (
        ({"train_images": 0}, "train_images"),
        ({"val_images": 1.5}, "val_images"),
        ({"image_size": 32}, "image_size"),
        ({"image_size": (128, 128, 3)}, "image_size"),
        ({"seed": -1}, "seed"),
    ),
)
def test_bad_numbers_are_refused(tmp_path, change, field):
    arguments = {"train_images": 1, "val_images": 1, "image_size": 64}
    with pytest.raises(InputError, match=field):
        write_synthetic_people(tmp_path / "people", **arguments | change)
    assert os.listdir(tmp_path) == []
