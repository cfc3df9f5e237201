import json

import pytest

from keras_drsi.errors import InputError
from training.runs.network_comparison import (
    RESULT,
    compare_networks,
    comparison_table,
    read_results,
)
from training.runs.settings import TrainingSettings
from training.runs.training_data import TrainingData

SETTINGS = TrainingSettings(
    network={"width": 0.1, "depth": 0.1}, input_size=64, batch_size=2
)


@pytest.fixture(scope="module")
def compared(train_and_val, tmp_path_factory):
    """The folder of a comparison of two networks by one step."""
    out = tmp_path_factory.mktemp("compared") / "out"
    compare_networks(
        train_and_val, out, SETTINGS, 1, ("hor", "yolo_pose"), seeds=[3]
    )
    return out


def test_the_networks_differ_in_their_parts_alone(compared):
    hor, yolo_pose = (
        json.loads((compared / name / "seed-3/settings.json").read_text())
        for name in ("hor", "yolo_pose")
    )
    assert hor["settings"].pop("network") == {
        **SETTINGS.network,
        "block_type": "hor",
    }
    assert yolo_pose["settings"].pop("network")["neck_type"] == "pan"
    assert hor == yolo_pose
    assert hor["settings"]["seed"] == 3
    results = read_results(compared)
    assert set(results) == {"hor", "yolo_pose"}
    (first,), (second,) = results.values()
    assert first["parameters"] != second["parameters"]


def test_what_is_done_is_not_done_again(compared, train_and_val):
    file = compared / "hor" / "seed-3" / RESULT
    file.write_text(json.dumps({**json.loads(file.read_text()), "AP": 0.5}))
    results = compare_networks(
        train_and_val, compared, SETTINGS, 1, ["hor"], seeds=[3]
    )
    assert results["hor"][0]["AP"] == 0.5


@pytest.mark.parametrize(
    "networks, steps, message",
    [
        (["horr"], 1, "expected some of drsi, .*, did you mean 'hor'"),
        (["hor"], 9, "epochs: the run in .*seed-3 has 1, got"),
    ],
)
def test_a_comparison_that_cannot_be(
    compared, train_and_val, networks, steps, message
):
    with pytest.raises(InputError, match=message):
        compare_networks(
            train_and_val, compared, SETTINGS, steps, networks, seeds=[3]
        )


def test_other_data_are_refused(compared, train_and_val, train_alone):
    data = TrainingData.from_texts(
        [str(train_and_val), f"{train_alone}:0.5"], hold_out=2
    )
    with pytest.raises(InputError, match="data: the run in .*seed-3 has"):
        compare_networks(data, compared, SETTINGS, 1, ["hor"], seeds=[3])


def test_table_has_mean_and_deviation():
    runs = [
        {"parameters": 1234, "AP": ap, "AP50": 2 * ap, "AR": ap}
        for ap in (0.1, 0.2, 0.3)
    ]
    table = comparison_table({"drsi": runs, "hor": runs[:1]})
    assert len({len(line) for line in table.splitlines()}) == 1
    assert "0.4000 +- 0.2000" in table.splitlines()[1]
    assert "0.1000 +- 0.0000" in table.splitlines()[2]
