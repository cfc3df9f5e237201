import copy
import dataclasses

import numpy as np
import pytest

from keras_drsi import KeypointSchema
from keras_drsi.data.coco import read_coco
from keras_drsi.data.matching import matched, read_matched
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from tests.keras_drsi.data.conftest import ARROW

FIVE = ("right_wrist", "nose", "left_wrist", "left_knee", "right_knee")


@pytest.fixture
def five(tiny_coco):
    """A directory whose persons have five of COCO's keypoints, reordered."""
    content = tiny_coco.content
    content["categories"][0]["keypoints"] = list(FIVE)
    for entry in content["annotations"]:
        points = [[20 + 3 * n, 30 + 2 * n, 1 + n % 2] for n in range(5)]
        entry["keypoints"] = np.ravel(points).tolist()
        entry["num_keypoints"] = 5
    tiny_coco.save()
    return tiny_coco


def test_keypoints_go_where_their_names_are(five):
    poses = read_matched(five.directory, "val", COCO_PERSON)
    assert poses.schema is COCO_PERSON and len(poses) == 5
    for image in poses.images:
        (keypoints,) = image.persons.keypoints
        for number, name in enumerate(FIVE):
            np.testing.assert_array_equal(
                keypoints[COCO_PERSON.names.index(name)],
                [20 + 3 * number, 30 + 2 * number, 1 + number % 2],
            )
        assert np.count_nonzero(keypoints[:, 2]) == 5
        assert not keypoints[keypoints[:, 2] == 0].any()
    (note,) = poses.report.notes
    assert "matched by name; not labelled here: left_eye, " in note


def test_own_keypoints_beyond_the_schema_are_left_out(tiny_coco):
    two = KeypointSchema(("right_barb", "top"), (0.1, 0.1))
    poses = read_matched(tiny_coco.directory, "val", two)
    for image, entry in zip(poses.images, tiny_coco.content["annotations"]):
        barb, top = image.persons.keypoints[0]
        np.testing.assert_array_equal(barb, entry["keypoints"][6:])
        assert not top.any()
    notes = " ".join(poses.report.notes)
    assert "not labelled here: top" in notes
    assert "left out: tip, left_barb" in notes


def test_who_has_nothing_of_the_schema_is_ignored(tiny_coco):
    content = copy.deepcopy(tiny_coco.content)
    content["annotations"][1]["keypoints"][:3] = [0, 0, 0]
    tiny_coco.save(content)
    tip = KeypointSchema(("tip",), (0.1,))
    poses = read_matched(tiny_coco.directory, "val", tip)
    assert poses.persons_count == 4
    image = poses.images[1]
    assert (image.annotation_ids, image.ignored_ids) == ((), (102,))
    assert image.ignored.keypoints.shape == (1, 1, 3)
    assert poses.images[0].annotation_ids == (101,)


def test_the_same_names_are_read_as_ever(tiny_coco):
    poses = read_coco(tiny_coco.directory, "val", ARROW)
    other = dataclasses.replace(ARROW, sigmas=(0.1, 0.2, 0.3))
    again = matched(poses, other)
    assert again.images is poses.images and again.schema == other
    assert again.report.notes == []


def test_no_common_name(five):
    with pytest.raises(InputError) as caught:
        read_matched(five.directory, "val", ARROW, schema_source="arrows.json")
    message = str(caught.value)
    assert message.startswith(f"{five.file}: keypoints: expected some of")
    assert "arrows.json, tip, left_barb, right_barb" in message
    assert message.endswith(f"got {', '.join(FIVE)}.")


def test_without_persons(tiny_coco):
    tiny_coco.save({**tiny_coco.content, "annotations": []})
    poses = read_matched(tiny_coco.directory, "val", ARROW)
    assert (len(poses), poses.persons_count) == (5, 0)
    own = read_matched(tiny_coco.directory, "val")
    assert own.schema.names == ARROW.names
    with pytest.raises(InputError, match="at least one person"):
        read_coco(tiny_coco.directory, "val", ARROW)
