"""evaluate: the numbers of results files and of models."""

import json
import re

import keras
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.metrics.coco_keypoint_ap import AP_NAMES
from keras_drsi.models.drsi_net import DRSINet
from tests.unsound_networks import overflow, poison, small_drsi_net
from training.commands.evaluate import main


def test_json_of_files_equals_the_published_numbers(coco_results, capsys):
    files = [
        "--gt",
        str(coco_results / "gt.json"),
        "--dt",
        str(coco_results / "dt.json"),
    ]
    main([*files, "--json"])
    metrics = json.loads(capsys.readouterr().out)
    expected = json.loads((coco_results / "expected.json").read_text())[
        "computed"
    ]
    ten = {name: metrics[name] for name in AP_NAMES}
    assert ten == pytest.approx(expected, rel=0, abs=1e-9)
    assert metrics["pose_skill"] == ten["AP"] - metrics["mean_pose_AP"]
    assert set(metrics["keypoints"]) == set(COCO_PERSON.names)


def test_table_shows_the_ten_numbers(coco_results, capsys):
    main(
        [
            "--gt",
            str(coco_results / "gt.json"),
            "--dt",
            str(coco_results / "dt.json"),
        ]
    )
    table = capsys.readouterr().out
    ten, _, beside = table.partition("\n\n")
    assert "mean pose" in beside and "left_wrist" in beside
    numbers = [word for word in ten.split() if word.startswith("0.")][-10:]
    expected = json.loads((coco_results / "expected.json").read_text())[
        "computed"
    ]
    assert numbers == [f"{expected[name]:.4f}" for name in AP_NAMES]


@pytest.fixture
def other_keypoints(tmp_path):
    """Files of a category with three keypoints of its own."""
    points = [10, 10, 2, 60, 10, 2, 60, 70, 2]
    entry = {"image_id": 1, "category_id": 1, "keypoints": points}
    truth = {
        "images": [{"id": 1}],
        "categories": [{"id": 1, "keypoints": ["tip", "left", "right"]}],
        "annotations": [
            {
                **entry,
                "id": 1,
                "bbox": [10, 10, 50, 60],
                "area": 3000,
                "num_keypoints": 3,
            }
        ],
    }
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    (tmp_path / "dt.json").write_text(json.dumps([{**entry, "score": 1}]))
    return ["--gt", f"{tmp_path}/gt.json", "--dt", f"{tmp_path}/dt.json"]


def test_other_keypoints_need_sigmas(other_keypoints, capsys):
    with pytest.raises(InputError, match="gt.json.*3 numbers with --sigmas"):
        main(other_keypoints)
    main([*other_keypoints, "--sigmas", "0.1,0.1,0.1", "--json"])
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["AP"] == metrics["AP_M"] == pytest.approx(1.0)
    assert metrics["AP_L"] == -1.0
    main([*other_keypoints, "--sigmas", "0.1,0.1,0.1"])
    assert "none" in capsys.readouterr().out
    with pytest.raises(InputError, match="sigmas: expected 3 values"):
        main([*other_keypoints, "--sigmas", "0.1"])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--gt", "a.json"],
        ["--data", "a", "--dt", "b.json"],
        ["--data", "a", "--weights", "b", "--gt", "c", "--dt", "d"],
        ["--data", "a", "--weights", "b", "--batch-size", "0"],
        ["--gt", "a", "--dt", "b", "--sigmas", "x"],
        ["--gt", "a", "--dt", "b", "--hold-out", "20"],
    ],
)
def test_wrong_arguments_end_with_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert ending.value.code == 2
    assert "usage: drsi evaluate" in capsys.readouterr().err


def test_help(capsys):
    with pytest.raises(SystemExit) as ending:
        main(["--help"])
    assert ending.value.code == 0
    assert "--sigmas" in capsys.readouterr().out


@pytest.fixture(scope="module")
def small_model():
    keras.utils.set_random_seed(0)
    return DRSINet(
        width=0.0625,
        block_type="bottleneck",
        neck_type="pan",
        keypoint_depth=0,
        input_size=64,
        score_threshold=0.0,
        max_poses=8,
    )


def test_a_model_file_is_evaluated(
    small_model, coco_directory, tmp_path, capsys
):
    weights, out = str(tmp_path / "m.keras"), tmp_path / "found.json"
    small_model.save(weights)
    arguments = ["--data", str(coco_directory), "--weights", weights, "--json"]
    main([*arguments, "--out", str(out)])
    printed = capsys.readouterr()
    metrics = json.loads(printed.out)
    assert np.isfinite([metrics[name] for name in AP_NAMES]).all()
    results = json.loads(out.read_text())
    times = r"4 images in [0-9.]+ s, the comparison of {} poses in [0-9.]+ s"
    assert re.search(times.format(len(results)), printed.err)
    assert "val2017.json: nothing to skip or to mend" in printed.err
    assert {entry["image_id"] for entry in results} <= set(range(4))
    assert len(results) > 0

    annotations = coco_directory / "annotations/person_keypoints_val2017.json"
    main(["--gt", str(annotations), "--dt", str(out), "--json"])
    assert json.loads(capsys.readouterr().out) == metrics

    with pytest.raises(InputError, match="found.json: already exists"):
        main([*arguments, "--out", str(out)])


def test_missing_data_is_named(tmp_path):
    with pytest.raises(InputError, match="person_keypoints_val2017.json"):
        main(["--data", str(tmp_path), "--weights", "m.weights.h5"])


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(InputError, match="m.keras: expected a weights file"):
        main(["--data", str(tmp_path), "--weights", "m.keras"])


def test_images_held_out_are_a_val_split(
    small_model, train_alone, tmp_path, capsys
):
    weights, out = str(tmp_path / "m.keras"), tmp_path / "found.json"
    small_model.save(weights)
    arguments = ["--data", str(train_alone), "--weights", weights]
    main([*arguments, "--hold-out", "2", "--out", str(out)])
    assert "2 images in" in capsys.readouterr().err
    found = {entry["image_id"] for entry in json.loads(out.read_text())}
    assert found and found <= {0, 2}


def test_a_network_that_is_not_sound_is_refused(coco_directory, tmp_path):
    weights = str(tmp_path / "m.keras")
    network = small_drsi_net(keypoints=COCO_PERSON)
    overflow(network)
    network.save(weights)
    with pytest.raises(
        InputError, match="m.keras: inference: .* layer stage_3_down "
    ):
        main(["--data", str(coco_directory), "--weights", weights])
    poison(network, "head/box_P3/kernel")
    network.save(weights)
    with pytest.raises(
        InputError, match="m.keras: weights: .* in head/box_P3/kernel"
    ):
        main(["--data", str(coco_directory), "--weights", weights])


def test_another_preset_is_refused(small_model, coco_directory, tmp_path):
    weights = str(tmp_path / "m.keras")
    small_model.save(weights)
    arguments = ["--data", str(coco_directory), "--weights", weights]
    with pytest.raises(InputError, match="m.keras: .*drsi_net_m"):
        main([*arguments, "--preset", "drsi_net_m"])
