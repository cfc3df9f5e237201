import copy
import json
import random
import re
import shutil

import numpy as np
import pytest

from keras_drsi import COCO_PERSON
from keras_drsi.data.coco import read_coco
from keras_drsi.errors import InputError


class TestRecords:
    def test_clean_file_is_read_whole(self, tiny_coco):
        poses = tiny_coco.read()
        assert len(poses) == poses.persons_count == 5
        assert poses.schema == tiny_coco.schema
        assert poses.category_id == 1
        assert poses.annotation_file == str(tiny_coco.file)
        assert poses.report.lines == []
        image, entry = poses.images[1], tiny_coco.content["annotations"][1]
        assert (image.id, image.width, image.height) == (2, 96, 144)
        assert image.annotation_ids == (102,)
        left, top, width, height = entry["bbox"]
        np.testing.assert_allclose(
            image.persons.boxes, [[left, top, left + width, top + height]]
        )
        np.testing.assert_allclose(
            image.persons.keypoints.ravel(), entry["keypoints"]
        )
        np.testing.assert_allclose(image.persons.areas, [entry["area"]])

    def test_what_evaluation_ignores_is_kept_apart(self, tiny_coco):
        content = tiny_coco.changed("annotations", 0, iscrowd=1)
        content["annotations"][1]["keypoints"] = [0] * 9
        poses = tiny_coco.read(content)
        assert poses.report.lines == []
        for image, annotation_id in zip(poses.images, (101, 102)):
            assert len(image.persons) == 0
            assert image.ignored_ids == (annotation_id,)
            assert len(image.ignored) == 1

    def test_photo_without_persons_is_background(self, tiny_coco):
        content = copy.deepcopy(tiny_coco.content)
        del content["annotations"][2]
        poses = tiny_coco.read(content)
        assert len(poses) == 5
        assert poses.images[2].persons.keypoints.shape == (0, 3, 3)

    def test_other_categories_are_left_out(self, tiny_coco):
        content = tiny_coco.changed("annotations", 0, category_id=7)
        content["categories"].append({"id": 7, "name": "dog"})
        poses = tiny_coco.read(content)
        assert poses.persons_count == 4
        assert poses.report.lines == []

    def test_real_photos(self, coco_dev):
        for split, photos, persons, background in (
            ("train", 134, 338, 24),
            ("val", 20, 86, 0),
        ):
            poses = read_coco(coco_dev, split)
            assert poses.schema is COCO_PERSON
            assert (len(poses), poses.persons_count) == (photos, persons)
            assert poses.report.lines == []
            empty = [
                image
                for image in poses.images
                if not (image.annotation_ids or image.ignored_ids)
            ]
            assert len(empty) == background


class TestSchema:
    def test_sigmas_of_unknown_names_are_reported(self, tiny_coco):
        poses = read_coco(tiny_coco.directory, "val")
        assert poses.schema.names == tiny_coco.schema.names
        assert poses.schema.flip_index == tiny_coco.schema.flip_index
        # Too few arrows to tell the keypoints apart: the mean of COCO's.
        assert poses.schema.sigmas == (0.0669,) * 3
        assert "the mean, for want of 20 labels: tip" in str(poses.report)
        assert "left_barb 0.0669" in str(poses.report)

    def test_a_file_gives_sigmas_and_pairs(self, tiny_coco, tmp_path):
        file = tmp_path / "schema.json"
        file.write_text(
            '{"sigmas": [0.1, 0.2, 0.3], "swap_pairs": [["tip", "left_barb"]]}'
        )
        poses = read_coco(tiny_coco.directory, "val", schema_file=file)
        assert poses.schema.sigmas == (0.1, 0.2, 0.3)
        assert poses.schema.flip_index == (1, 0, 2)
        assert poses.report.notes == []

    def test_sigmas_of_some_are_given(self, tiny_coco, tmp_path):
        file = tmp_path / "schema.json"
        file.write_text('{"sigmas": {"left_barb": 0.2}}')
        poses = read_coco(tiny_coco.directory, "val", schema_file=file)
        assert poses.schema.sigmas == (0.0669, 0.2, 0.0669)
        (note,) = poses.report.notes
        assert note.endswith("labels: tip 0.0669, right_barb 0.0669")

    def test_schema_has_to_fit(self, tiny_coco):
        with pytest.raises(InputError, match="keypoints: expected.*tip"):
            read_coco(tiny_coco.directory, "val", COCO_PERSON)


# One wrong value each: list, entry, values, what the line has to say.
BAD_ENTRIES = [
    ("images", {"file_name": "gone.jpg"}, "image 1: file_name: .*gone.jpg"),
    ("images", {"file_name": None}, "image 1: file_name: .*None"),
    ("images", {"file_name": "a\0b"}, "image 1: file_name: "),
    ("images", {"file_name": "x" * 5000}, "image 1: file_name: "),
    ("images", {"file_name": "ünï\ud800.jpg"}, "image 1: file_name: "),
    ("images", {"width": 0}, r"image 1: width: .*1\.\.32767, got 0"),
    ("images", {"height": "120"}, "image 1: height: .*'120'"),
    ("images", {"id": 2}, "image 2: id: expected to stand once"),
    ("images", {"id": [1]}, r"images\[0\]: id: .*\[1\]"),
    ("annotations", {"bbox": [1, 2, -3, 4]}, "annotation 101: bbox: .*-3"),
    ("annotations", {"bbox": [1, 2, 3]}, "bbox: expected 4 numbers, got 3"),
    ("annotations", {"bbox": [1, 2, 3, "4"]}, "bbox: expected 4 numbers"),
    ("annotations", {"bbox": [1, 2, 3, [4]]}, "bbox: expected 4 numbers"),
    ("annotations", {"bbox": [1, 2, 3, None]}, "bbox: expected 4 numbers"),
    ("annotations", {"bbox": None}, "bbox: expected 4 numbers, got None"),
    ("annotations", {"bbox": [1, 2, 3, 10**400]}, "bbox: expected 4"),
    ("annotations", {"bbox": [1, 2, float("nan"), 4]}, "bbox: .*finite.*nan"),
    ("annotations", {"bbox": [900, 2, 3, 4]}, "bbox: .*inside .*160 x 120"),
    ("annotations", {"bbox": [-9, 2, 3, 4]}, "bbox: .*inside .*160 x 120"),
    ("annotations", {"keypoints": [0] * 8}, "keypoints: .*9 numbers, got 8"),
    ("annotations", {"keypoints": [0] * 10}, "keypoints: .*9 .*got 10"),
    ("annotations", {"keypoints": [1, 1, 3] * 3}, "v in 0, 1, 2, got 3"),
    ("annotations", {"keypoints": [1, 1, 0.5] * 3}, "v in 0, 1, 2, got 0.5"),
    ("annotations", {"keypoints": [float("inf")] * 9}, "keypoints: .*finite"),
    ("annotations", {"keypoints": {"a": 1}}, "keypoints: expected 9 numbers"),
    ("annotations", {"iscrowd": 2}, "iscrowd: expected 0 or 1, got 2"),
    ("annotations", {"iscrowd": []}, "iscrowd: expected 0 or 1"),
    ("annotations", {"area": None}, "area: expected 1 numbers, got"),
    ("annotations", {"area": -1}, "area: expected 0..19200 .*got -1"),
    ("annotations", {"area": 1e9}, "area: expected 0..19200 .*got 1000000000"),
    ("annotations", {"id": 102}, "annotation 102: id: .* once"),
    ("annotations", {"id": "a"}, r"annotations\[0\]: id: .*'a'"),
    ("annotations", {"id": True}, r"annotations\[0\]: id: .*True"),
    ("annotations", {"image_id": 99}, "image_id: expected one of 'images'"),
    ("annotations", {"image_id": None}, "image_id: .*None"),
    ("annotations", {"category_id": 5}, "category_id: .*got 5"),
    ("annotations", {"category_id": {}}, "category_id: "),
]


class TestBadEntries:
    @pytest.mark.parametrize("field, values, message", BAD_ENTRIES)
    def test_entry_is_skipped_with_one_line(
        self, tiny_coco, field, values, message
    ):
        poses = tiny_coco.read(tiny_coco.changed(field, 0, **values))
        report = poses.report
        assert poses.persons_count == 4
        assert report.skipped_annotations == 1
        assert report.skipped_images == (field == "images")
        lines = " ".join(report.lines)
        assert len(report.lines) <= 2 and "\n" not in lines
        assert str(tiny_coco.file) in lines
        assert re.search(message, lines), lines

    @pytest.mark.parametrize("field", ["images", "annotations"])
    @pytest.mark.parametrize("entry", [None, 3, "a", [], {}])
    def test_what_is_no_entry_is_skipped(self, tiny_coco, field, entry):
        content = copy.deepcopy(tiny_coco.content)
        content[field].append(entry)
        poses = tiny_coco.read(content)
        assert poses.persons_count == 5
        assert f"{field}[5]" in poses.report.lines[0]

    @pytest.mark.parametrize("bytes_", [b"", b"<html>no photo</html>"])
    def test_file_that_is_no_photo_is_skipped(self, tiny_coco, bytes_):
        (tiny_coco.photos / "000.png").write_bytes(bytes_)
        report = tiny_coco.read().report
        assert (report.skipped_images, report.skipped_annotations) == (1, 1)
        assert "000.png" in report.lines[0]

    def test_box_over_the_border_is_cut_and_reported(self, tiny_coco):
        poses = tiny_coco.read(
            tiny_coco.changed("annotations", 0, bbox=[-20, 10, 400, 50])
        )
        np.testing.assert_array_equal(
            poses.images[0].persons.boxes, [[0, 10, 160, 60]]
        )
        assert poses.report.mended_annotations == 1
        assert "annotation 101: bbox" in poses.report.lines[0]

    def test_rounding_at_the_border_is_no_problem(self, tiny_coco):
        poses = tiny_coco.read(
            tiny_coco.changed("annotations", 0, bbox=[-0.4, 10, 160.9, 50])
        )
        assert poses.report.lines == []

    @pytest.mark.parametrize("size", [0, 0.5, 1])
    def test_tiny_boxes_are_kept(self, tiny_coco, size):
        poses = tiny_coco.read(
            tiny_coco.changed("annotations", 0, bbox=[30, 40, size, size])
        )
        assert poses.report.lines == []
        np.testing.assert_array_equal(
            poses.images[0].persons.boxes, [[30, 40, 30 + size, 40 + size]]
        )

    def test_point_outside_counts_as_not_labelled(self, tiny_coco):
        keypoints = [500, 5, 2, 10, 20, 1, 1e300, 0, 2]
        poses = tiny_coco.read(
            tiny_coco.changed("annotations", 0, keypoints=keypoints)
        )
        np.testing.assert_array_equal(
            poses.images[0].persons.keypoints[0],
            [[0, 0, 0], [10, 20, 1], [0, 0, 0]],
        )
        assert "annotation 101: keypoints" in poses.report.lines[0]
        assert "(500, 5, 2)" in poses.report.lines[0]


class TestRefusal:
    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "null", "[" * 100_000, '{"images": 3}']
    )
    def test_malformed_json(self, tiny_coco, text):
        tiny_coco.file.write_text(text)
        with pytest.raises(InputError, match=str(tiny_coco.file)) as caught:
            tiny_coco.read()
        assert "\n" not in str(caught.value)

    def test_not_unicode(self, tiny_coco):
        tiny_coco.file.write_bytes(b"\xff\xfe\xff")
        with pytest.raises(InputError, match=str(tiny_coco.file)):
            tiny_coco.read()

    def test_missing_file(self, tmp_path):
        with pytest.raises(InputError, match="person_keypoints_val2017.json"):
            read_coco(tmp_path, "val")

    def test_unknown_split(self, tmp_path):
        with pytest.raises(InputError, match="split: .*'test'"):
            read_coco(tmp_path, "test")

    @pytest.mark.parametrize("field", ["images", "annotations", "categories"])
    def test_missing_list(self, tiny_coco, field):
        content = copy.deepcopy(tiny_coco.content)
        del content[field]
        with pytest.raises(InputError, match=f"{field}: expected a list"):
            tiny_coco.read(content)

    def test_no_photo(self, tiny_coco):
        shutil.rmtree(tiny_coco.photos)
        with pytest.raises(InputError, match="usable photo.*5 .*000.png"):
            tiny_coco.read()

    def test_no_person(self, tiny_coco):
        content = copy.deepcopy(tiny_coco.content)
        content["annotations"] = []
        with pytest.raises(InputError, match="person with a labelled"):
            tiny_coco.read(content)

    @pytest.mark.parametrize(
        "categories",
        [[], [{"id": 1}], [{"id": 1, "keypoints": [1]}], [3], [{"id": 1}] * 2],
    )
    def test_no_category_with_keypoints(self, tiny_coco, categories):
        with pytest.raises(InputError, match="categor"):
            tiny_coco.read({**tiny_coco.content, "categories": categories})


ODD_VALUES = (
    None, True, -1, 0, 3, 2**70, 10**400, 1e308, float("nan"), float("inf"),
    "", "a", "ünï\0", [], [[]], {}, [None], {"id": 1}, [1] * 9, [1.5, "2"],
)  # fmt: skip


def mutate(content, rng):
    """Changes, drops, doubles or swaps something anywhere in the tree."""
    parents = []

    def collect(node):
        if isinstance(node, (dict, list)) and node:
            parents.append(node)
            for child in node.values() if isinstance(node, dict) else node:
                collect(child)

    collect(content)
    parent = rng.choice(parents)
    key = rng.choice(
        sorted(parent) if isinstance(parent, dict) else range(len(parent))
    )
    action = rng.choice(("replace", "replace", "drop", "double", "move"))
    if action == "replace":
        parent[key] = copy.deepcopy(rng.choice(ODD_VALUES))
    elif action == "drop":
        del parent[key]
    elif action == "double" and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    else:
        other = rng.choice(parents)
        parent[key] = copy.deepcopy(other)


# What a file may say of a region, and training does not read.
SEGMENTATIONS = (
    [[10.5, 10, 60, 12, 30, 70]],
    {"size": [120, 160], "counts": [100, 50, 19050]},
    {"size": [120, 160], "counts": "Q1b3"},
    [[1, 2], [], ["a"]],
    None,
)


def test_any_mutation_gives_records_or_one_line(tiny_coco):
    rng = random.Random(7)
    for entry, value in zip(tiny_coco.content["annotations"], SEGMENTATIONS):
        entry["segmentation"] = value
    before = {p.name: p.read_bytes() for p in tiny_coco.photos.iterdir()}
    outcomes = {"read": 0, "reported": 0, "refused": 0}
    for _ in range(500):
        content = copy.deepcopy(tiny_coco.content)
        for _ in range(rng.randint(1, 3)):
            mutate(content, rng)
        tiny_coco.file.write_text(json.dumps(content))
        text = tiny_coco.file.read_bytes()
        try:
            poses = read_coco(tiny_coco.directory, "val", tiny_coco.schema)
        except InputError as error:
            assert str(tiny_coco.file) in str(error)
            assert "\n" not in str(error)
            outcomes["refused"] += 1
        else:
            outcomes["reported" if poses.report.lines else "read"] += 1
            check_records(poses)
        assert tiny_coco.file.read_bytes() == text
    assert min(outcomes.values()) >= 10, outcomes
    after = {p.name: p.read_bytes() for p in tiny_coco.photos.iterdir()}
    assert after == before


def check_records(poses):
    assert poses.images and poses.persons_count
    for image in poses.images:
        limit = [image.width, image.height]
        for persons in (image.persons, image.ignored):
            boxes, keypoints = persons.boxes, persons.keypoints
            assert keypoints.shape == (len(persons), len(poses.schema), 3)
            assert np.isfinite(persons.areas).all()
            assert (boxes >= 0).all() and (boxes <= limit * 2).all()
            assert (boxes[:, 2:] >= boxes[:, :2]).all()
            assert np.isin(keypoints[..., 2], (0, 1, 2)).all()
            assert (keypoints[..., :2] >= 0).all()
            assert (keypoints[..., :2] <= limit).all()
            assert not keypoints[keypoints[..., 2] == 0].any()
        assert image.persons.labelled.all()
        assert len(image.annotation_ids) == len(image.persons)
