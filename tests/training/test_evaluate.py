"""evaluate: the numbers of results files and of models."""

import json
import os
import pathlib
import re

import keras
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.metrics.coco_keypoint_ap import AP_NAMES
from keras_drsi.metrics.coco_results import POSES_PER_IMAGE
from keras_drsi.models.drsi_net import DRSINet
from tests.unsound_networks import overflow, poison, small_drsi_net
from training.benchmark import repeated
from training.data.coco import read_coco
from training.data.pipeline import evaluation_batches
from training.evaluate import (
    evaluate_model,
    main,
    predict_results,
    write_json,
)
from training.process_memory import resident_mib

SHARED = pathlib.Path(
    os.environ.get(
        "DRSI_SHARED_DATA",
        pathlib.Path(__file__).parents[3] / "shared" / "data",
    )
)
K = len(COCO_PERSON)


@pytest.fixture(scope="module")
def fake100():
    folder = SHARED / "oks_fake100"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


def test_json_of_files_equals_the_published_numbers(fake100, capsys):
    files = ["--gt", str(fake100 / "gt.json"), "--dt", str(fake100 / "dt.json")]
    main([*files, "--json"])
    metrics = json.loads(capsys.readouterr().out)
    expected = json.loads((fake100 / "expected.json").read_text())["computed"]
    ten = {name: metrics[name] for name in AP_NAMES}
    assert ten == pytest.approx(expected, rel=0, abs=1e-9)
    assert metrics["pose_skill"] == ten["AP"] - metrics["mean_pose_AP"]
    assert set(metrics["keypoints"]) == set(COCO_PERSON.names)


def test_table_shows_the_ten_numbers(fake100, capsys):
    main(["--gt", str(fake100 / "gt.json"), "--dt", str(fake100 / "dt.json")])
    table = capsys.readouterr().out
    ten, _, beside = table.partition("\n\n")
    assert "mean pose" in beside and "left_wrist" in beside
    numbers = [word for word in ten.split() if word.startswith("0.")][-10:]
    expected = json.loads((fake100 / "expected.json").read_text())["computed"]
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
    with pytest.raises(InputError, match="sigmas must have 3 entries"):
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
    ],
)
def test_wrong_arguments_end_with_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert ending.value.code == 2
    assert "usage: python -m training.evaluate" in capsys.readouterr().err


def test_help(capsys):
    with pytest.raises(SystemExit) as ending:
        main(["--help"])
    assert ending.value.code == 0
    assert "--sigmas" in capsys.readouterr().out


class Oracle:
    """Answers every batch with the truth, letterboxed as the picture is."""

    def __init__(self, poses, input_size, batch_size):
        batches = evaluation_batches(poses, input_size, batch_size)
        self.targets = iter([targets for _, targets in batches])

    def predict_on_batch(self, images):
        targets = {k: v.numpy() for k, v in next(self.targets).items()}
        assert images.shape[0] == len(targets["count"])
        return {**targets, "scores": np.ones(targets["boxes"].shape[:2])}


@pytest.mark.parametrize("batch_size", [1, 3])
def test_the_truth_given_as_prediction_is_one(coco_directory, batch_size):
    """Through letterbox and back; the last batch is not full."""
    poses = read_coco(coco_directory, "val")
    oracle = Oracle(poses, (64, 128), batch_size)
    metrics, results = evaluate_model(oracle, poses, (64, 128), batch_size)
    assert len(results) == poses.persons_count
    assert metrics["AP"] == metrics["AR"] == 1.0


class Crowd:
    """Finds as many people in every picture as COCO's comparison takes."""

    def __init__(self, data_format, on_batch):
        self.data_format = data_format
        self.on_batch = on_batch

    def predict_on_batch(self, images):
        self.on_batch(images)
        shape = len(images), POSES_PER_IMAGE
        return {
            "boxes": np.zeros((*shape, 4)),
            "scores": np.zeros(shape),
            "keypoints": np.zeros((*shape, K, 3)),
            "count": np.full(len(images), POSES_PER_IMAGE),
        }


def test_a_model_gets_the_layout_it_takes(coco_directory):
    shapes = set()
    model = Crowd("channels_first", lambda images: shapes.add(images.shape))
    evaluate_model(model, read_coco(coco_directory, "val"), (64, 128), 2)
    assert shapes == {(2, 3, 64, 128)}


def test_memory_is_that_of_the_poses(coco_directory):
    """Pictures that were kept would take 1.2 MiB each, poses 0.05."""
    poses = repeated(read_coco(coco_directory, "val"), 400)
    mib = []
    model = Crowd("channels_last", lambda images: mib.append(resident_mib()))
    results = predict_results(model, poses, 640, 8)
    assert len(results) == 400 * POSES_PER_IMAGE
    growth = (mib[-1] - mib[9]) / (400 - 80)  # what is read ahead is there
    assert growth < 0.3


def test_the_truth_of_photos_is_one():
    directory = SHARED / "coco_dev"
    if not directory.is_dir():
        pytest.skip(f"{directory} is absent")
    poses = read_coco(directory, "val")
    metrics, results = evaluate_model(Oracle(poses, 320, 8), poses, 320, 8)
    assert len(results) == poses.persons_count
    assert all(metrics[name] == 1.0 for name in AP_NAMES)
    for name in ("box_AP", "matched_persons", "matched_OKS", "matched_PCK"):
        # The boxes went through the letterbox in float32.
        assert metrics[name] == pytest.approx(1.0, abs=1e-6)


@pytest.fixture(scope="module")
def small_model():
    keras.utils.set_random_seed(0)
    return DRSINet(
        width=0.0625,
        block="bottleneck",
        neck="pan",
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

    with pytest.raises(InputError, match="found.json: exists already"):
        main([*arguments, "--out", str(out)])


def test_a_network_that_is_not_sound_is_refused(coco_directory, tmp_path):
    weights = str(tmp_path / "m.keras")
    network = small_drsi_net(keypoints=K)
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


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="found.json: cannot be written"):
        write_json([], tmp_path / "file" / "found.json")


def test_missing_data_is_named(tmp_path):
    with pytest.raises(InputError, match="person_keypoints_val2017.json"):
        main(["--data", str(tmp_path), "--weights", "m.weights.h5"])


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(InputError, match="m.keras: expected a weights file"):
        main(["--data", str(tmp_path), "--weights", "m.keras"])
