import json

import pytest

from keras_drsi.errors import InputError
from training.compare_networks import (
    COLUMNS,
    RESULT,
    compare_networks,
    comparison_table,
    main,
    read_results,
)
from training.settings import TrainingSettings

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
        "block": "hor",
    }
    assert yolo_pose["settings"].pop("network")["neck"] == "pan"
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


def test_table_has_mean_and_deviation():
    runs = [
        {
            "parameters": 1234,
            **dict.fromkeys(COLUMNS, ap),
            "AP50": 2 * ap,
        }
        for ap in (0.1, 0.2, 0.3)
    ]
    table = comparison_table({"drsi": runs, "hor": runs[:1]})
    assert len({len(line) for line in table.splitlines()}) == 1
    assert "0.4000 +- 0.2000" in table.splitlines()[1]
    assert "0.1000 +- 0.0000" in table.splitlines()[2]


def test_table_says_what_an_earlier_version_did_not_log():
    run = {"parameters": 1, "AP": 0.5, "AP50": 0.5, "AR": 0.5}
    assert comparison_table({"drsi": [run]}).count("none") == 3


def test_command_makes_its_own_people_once(monkeypatch, tmp_path, capsys):
    made = []
    zeros = dict.fromkeys(COLUMNS, 0.0)
    monkeypatch.setattr(
        "training.data.synthetic.write_synthetic_people",
        lambda folder, *arguments, **more: made.append(folder.mkdir()),
    )
    batch_sizes = []

    def compare(data, out, settings, *arguments):
        batch_sizes.append(settings.batch_size)
        return {"drsi": [{"parameters": 1, **zeros}]}

    monkeypatch.setattr("training.compare_networks.compare_networks", compare)
    main(["--out", str(tmp_path)])
    main(["--out", str(tmp_path), "--batch-size", "8"])
    assert batch_sizes == [16, 8]
    assert len(made) == 1
    assert (tmp_path / "data").is_dir()
    assert "drsi" in capsys.readouterr().out
