import json
import math

import pytest

from keras_drsi.data.schema_file import make_schema, read_schema_file
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON

HORSE = {
    "id": 3,
    "name": "horse",
    "keypoints": ["nose", "left_ear", "right_ear"],
    "skeleton": [[1, 2], [1, 3]],
}


def schema(tmp_path, **fields):
    path = tmp_path / "horse.json"
    path.write_text(json.dumps(fields))
    return make_schema(HORSE, read_schema_file(path), path)


def test_names_and_skeleton_come_from_the_category(tmp_path):
    horse = schema(tmp_path, sigmas=[0.03, 0.04, 0.04])
    assert horse.names == ("nose", "left_ear", "right_ear")
    assert horse.skeleton_index == ((0, 1), (0, 2))
    assert horse.flip_index == (0, 2, 1)


def test_values_by_name(tmp_path):
    sigmas = {"right_ear": 0.3, "nose": 0.1, "left_ear": 0.2}
    horse = schema(tmp_path, sigmas=sigmas)
    assert horse.sigmas == (0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    "pairs, flip_index",
    [
        ([], (0, 2, 1, 3, 4)),
        ([["hoof_l", "hoof_r"]], (0, 2, 1, 4, 3)),
        ([["left_ear", "nose"]], (1, 0, 2, 3, 4)),
    ],
)
def test_pairs_by_name_and_those_of_the_file(pairs, flip_index):
    category = {"keypoints": [*HORSE["keypoints"], "hoof_l", "hoof_r"]}
    fields = {"sigmas": [0.1] * 5, "swap_pairs": pairs}
    assert make_schema(category, fields, "-").flip_index == flip_index


def test_a_whole_schema_and_back(tmp_path):
    horse = schema(
        tmp_path,
        sigmas=[0.03, 0.04, 0.05],
        skeleton=[["left_ear", "right_ear"]],
    )
    again = schema(tmp_path, **horse.get_config())
    assert again == horse
    assert again.skeleton_index == ((1, 2),)


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"sigma": [1]}, "horse.json: .*'sigma', did you mean 'sigmas'"),
        ({"sigmas": [0.1]}, "horse.json: .*sigmas: expected 3 values"),
        ({"sigmas": 0.1}, "horse.json: "),
        ({"sigmas": ["a", 1, 1]}, "horse.json: "),
        ({"sigmas": {"nos": 1}}, "sigmas: .*'nos', did you mean 'nose'"),
        ({"sigmas": {"nose": 1}}, "sigmas: expected one for 'left_ear'"),
        ({"swap_pairs": [["left_ear", "tail"]]}, "horse.json: .*'tail'"),
        ({"names": None}, "names: expected the category's nose.*got null"),
        ({"colors": [[math.inf, 0, 0]] * 3}, "horse.json: "),
        ({"names": ["tail"]}, "names: expected the category's nose, .*tail"),
    ],
)
def test_fields_at_fault(fields, message, tmp_path):
    with pytest.raises(InputError, match=message):
        schema(tmp_path, **{"sigmas": [0.1] * 3, **fields})


def test_not_an_object(tmp_path):
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(InputError, match="a.json: expected an object"):
        read_schema_file(tmp_path / "a.json")


def test_cocos_own_are_untouched():
    category = {"keypoints": list(COCO_PERSON.names)}
    fields = {"sigmas": COCO_PERSON.sigmas}
    assert make_schema(category, fields, "-").sigmas == COCO_PERSON.sigmas
