"""`train` on two data sets and on images without people, whole and resumed."""

import json
import shutil

import keras
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from tests.training.commands.test_train import Interrupt, weights
from training.commands import train as command
from training.runs.run_folder import read_run

FIVE = ("right_wrist", "nose", "left_wrist", "left_knee", "right_knee")
SETTINGS = {
    "input_size": 64,
    "epochs": 2,
    "batch_size": 4,
    "seed": 3,
    "optimizer": "sgd",
    "heatmap_weight": 0.05,
}


@pytest.fixture(scope="module")
def five(train_and_val, tmp_path_factory):
    """A train split of the same persons with five keypoints, reordered."""
    directory = tmp_path_factory.mktemp("five") / "five"
    shutil.copytree(train_and_val / "train2017", directory / "train2017")
    name = "annotations/person_keypoints_train2017.json"
    content = json.loads((train_and_val / name).read_text())
    index = [COCO_PERSON.names.index(each) for each in FIVE]
    content["categories"][0]["keypoints"] = list(FIVE)
    for entry in content["annotations"]:
        points = np.reshape(entry["keypoints"], (-1, 3))[index]
        entry["keypoints"] = points.ravel().tolist()
    (directory / "annotations").mkdir()
    (directory / name).write_text(json.dumps(content))
    return directory


@pytest.fixture(scope="module")
def begin(train_and_val, five, tiny_network, tmp_path_factory):
    """Function that begins a run; gives its folder and the exit code."""
    recipe = tmp_path_factory.mktemp("recipe") / "recipe.json"
    recipe.write_text(json.dumps({**SETTINGS, "network": tiny_network}))

    def begin_run():
        out = tmp_path_factory.mktemp("mixture") / "run"
        data = ["--data", str(train_and_val), "--data", f"{five}:0.25"]
        more = ["--hold-out", "2", "--recipe", str(recipe), "--out", str(out)]
        return out, command.main([*data, *more])

    return begin_run


@pytest.fixture(scope="module")
def whole(begin):
    out, code = begin()
    assert code == 0
    return out


@pytest.fixture(scope="module")
def stopped(begin):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "_watching", lambda *args: [Interrupt(step=0)])
        out, code = begin()
    assert code == 130
    return out


def test_a_run_of_two_sets(whole, train_and_val, five):
    record = json.loads((whole / "settings.json").read_text())
    assert record["data"] == {
        "sets": [
            {"path": str(train_and_val), "share": 0.75},
            {"path": str(five), "share": 0.25},
        ],
        "val_data": None,
        "hold_out": 2,
    }
    data = read_run(whole).data
    mixture = data.read_train(read_run(whole).schema)
    assert mixture.schema == COCO_PERSON
    assert [len(poses) for poses in mixture.sets] == [4, 2]
    log = (whole / "log.csv").read_text().splitlines()
    assert len(log) == 1 + 2 and "val_AP" in log[0]
    model = keras.saving.load_model(whole / "best.keras")
    assert model.keypoints == COCO_PERSON


def test_it_ends_like_the_uninterrupted_run(whole, stopped, capsys):
    command.main(["--resume", str(stopped)])
    printed = capsys.readouterr().out
    assert "going on after epoch 1 of 2" in printed
    assert "0.25 of each batch, 2 images" in printed
    assert "matched by name; not labelled here: left_eye, " in printed
    for actual, expected in zip(weights(stopped), weights(whole)):
        np.testing.assert_allclose(actual, expected, atol=1e-6)


@pytest.mark.parametrize("option", ["--data", "--val-data", "--hold-out"])
def test_a_run_has_its_own_data(option, capsys):
    with pytest.raises(SystemExit):
        command.main(["--resume", "a", option, "2"])
    assert f"--resume: the run has its own {option}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--data", "b:1.5"], "b:1.5: expected a share between 0 and 1"),
        (["--data", "gone:0.5"], "gone/annotations/.*: expected a readable"),
        (["--hold-out", "-2"], "hold_out: expected .*, got -2"),
        (["--val-data", "gone"], "gone/annotations/.*val2017.json: expected"),
    ],
)
def test_data_at_fault_leave_nothing(
    arguments, message, train_and_val, tmp_path
):
    out = tmp_path / "run"
    first = ["--data", str(train_and_val), "--out", str(out)]
    with pytest.raises(InputError, match=message):
        command.main([*first, *arguments])
    assert not out.exists()
