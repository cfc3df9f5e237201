import dataclasses
import json
import os

import pytest

from keras_drsi.errors import InputError
from training.runs.training_data import SYNTHETIC, DataSet, TrainingData


def sets(*texts):
    data = TrainingData.from_texts(texts)
    return [(os.path.relpath(each.path), each.share) for each in data.sets]


def test_shares_of_texts():
    assert sets("a") == [("a", 1.0)]
    assert sets("a", "b:0.25") == [("a", 0.75), ("b", 0.25)]
    assert sets("a:0.1", "b:.2", "c") == [("a", 0.1), ("b", 0.2), ("c", 0.7)]
    assert sets("a:0.6", "b:4e-1") == [("a", 0.6), ("b", 0.4)]
    assert sets("a", "b", "c:0.5") == [("a", 0.25), ("b", 0.25), ("c", 0.5)]


def test_only_a_number_at_the_end_is_a_share():
    assert sets("x:y/a:0.5", "b:c", "d:0.25/") == [
        ("x:y/a", 0.5),
        ("b:c", 0.25),
        ("d:0.25", 0.25),
    ]


@pytest.mark.parametrize(
    "texts, message",
    [
        (["a", "b:0"], "b:0: expected a share between 0 and 1, got 0; a path"),
        (["a", "b:1.5"], "expected a share between 0 and 1, got 1.5"),
        (["a", "b:-0.1"], "expected a share between 0 and 1, got -0.1"),
        (["a:0.7", "b:0.6"], "shares that add up to 1, got 1.3"),
        (["a:0.7", "b:0.1"], "shares that add up to 1, got 0.8"),
        (["a", "b:0.5", "c:0.5"], "add up to less than 1, .*, got 1"),
        (["a", "./a:0.5"], "data: .*/a: expected once, got it again"),
    ],
)
def test_texts_that_cannot_be(texts, message):
    with pytest.raises(InputError, match=message):
        TrainingData.from_texts(texts)


@pytest.mark.parametrize("hold_out", [1, -20])
def test_what_cannot_be_held_out(hold_out):
    with pytest.raises(InputError, match=f"hold_out: .*got {hold_out}"):
        TrainingData.from_texts(["a"], hold_out=hold_out)


def test_synthetic_people_stand_alone(tmp_path):
    data = TrainingData.from_texts([SYNTHETIC])
    assert data.paths == [SYNTHETIC]
    assert data.in_folder(tmp_path).paths == [str(tmp_path / "data")]
    for texts, val_data, hold_out in (
        ([SYNTHETIC, "a:0.5"], None, None),
        ([SYNTHETIC], "a", None),
        ([SYNTHETIC], None, 20),
    ):
        with pytest.raises(InputError, match="'synthetic' stands alone"):
            TrainingData.from_texts(texts, val_data, hold_out)


def test_record_and_back():
    data = TrainingData.from_texts(["a", "b:0.3"], "c", 20)
    record = json.loads(json.dumps(dataclasses.asdict(data)))
    assert record["val_data"] == os.path.abspath("c")
    assert TrainingData.from_record(record, "settings.json") == data
    # What earlier versions wrote.
    assert TrainingData.from_record("/a", "settings.json") == TrainingData(
        [DataSet("/a", 1.0)]
    )


@pytest.mark.parametrize(
    "record",
    [
        None,
        5,
        {},
        {"sets": []},
        {"sets": [{"path": "a"}]},
        {"sets": [{"path": 5, "share": 1.0}]},
        {"sets": [{"path": "a", "share": "all"}]},
        {"sets": [{"path": "a", "share": 1.0}], "val_data": 5},
        {"sets": [{"path": "a", "share": 1.0}], "more": 5},
    ],
)
def test_record_at_fault(record):
    with pytest.raises(InputError, match="settings.json: data: expected the"):
        TrainingData.from_record(record, "settings.json")


def read(*texts, val_data=None, hold_out=None):
    texts = [str(text) for text in texts]
    data = TrainingData.from_texts(texts, val_data and str(val_data), hold_out)
    mixture = data.read_train()
    return mixture, data.read_val(mixture)


def ids(poses):
    return [image.id for image in poses.images]


def test_a_mixture_with_a_set_without_people(train_and_val, nobody):
    mixture, val = read(train_and_val, f"{nobody}:0.25")
    assert mixture.shares == (0.75, 0.25)
    assert [poses.persons_count for poses in mixture.sets] == [6, 0]
    assert val.annotation_file.startswith(str(train_and_val))
    # In any order.
    mixture, val = read(nobody, f"{train_and_val}:0.25")
    assert [poses.persons_count for poses in mixture.sets] == [0, 6]
    assert val.annotation_file.startswith(str(train_and_val))


def test_nobody_to_learn_from(nobody):
    with pytest.raises(InputError, match="at least one person with a label"):
        read(nobody, hold_out=2)


def test_every_set_without_a_val_split_holds_out(
    train_and_val, train_alone, nobody
):
    mixture, val = read(
        train_and_val, f"{train_alone}:0.25", f"{nobody}:0.25", hold_out=2
    )
    assert [ids(poses) for poses in mixture.sets] == [
        [0, 1, 2, 3],
        [1, 3],
        [1, 3],
    ]
    # The first with a val split.
    assert val.annotation_file.startswith(str(train_and_val))
    mixture, val = read(nobody, f"{train_alone}:0.25", hold_out=2)
    assert val.annotation_file.startswith(str(train_alone))
    assert ids(val) == [0, 2]


def test_the_val_split_of_another_directory(train_and_val, train_alone):
    _, val = read(train_alone, val_data=train_and_val)
    assert val.annotation_file.startswith(str(train_and_val))
    mixture, val = read(train_and_val, val_data=train_alone, hold_out=2)
    assert ids(val) == [0, 2]
    assert len(mixture.sets[0]) == 4


def test_no_val_split(train_alone):
    with pytest.raises(InputError, match="expected a val split.*--hold-out 20"):
        read(train_alone)


def test_nothing_to_hold_out_of(train_and_val):
    with pytest.raises(InputError, match="hold_out: expected a data set with"):
        read(train_and_val, hold_out=20)


def test_a_path_that_there_is_not(train_and_val):
    with pytest.raises(InputError, match="/gone/annotations/.*train2017.json"):
        read(train_and_val, "gone:0.5")


def test_no_name_in_common_names_both_files(train_and_val, train_alone):
    file = train_alone / "annotations" / "person_keypoints_train2017.json"
    content = json.loads(file.read_text())
    names = [f"point_{number}" for number in range(17)]
    content["categories"][0]["keypoints"] = names
    file.write_text(json.dumps(content))
    with pytest.raises(InputError) as caught:
        read(train_and_val, f"{train_alone}:0.5")
    message = str(caught.value)
    assert message.startswith(f"{file}: keypoints: expected some of those of")
    first = train_and_val / "annotations" / "person_keypoints_train2017.json"
    assert f"{first}, nose, left_eye" in message
    assert message.endswith(f"got {', '.join(names)}.")
