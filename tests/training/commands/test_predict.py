import json

import cv2
import keras
import numpy as np
import pytest

from keras_drsi import DRSINet
from keras_drsi.errors import InputError
from keras_drsi.export import ExportOptions, export
from tests.random_norms import random_network
from training.commands.predict import main

KEYPOINTS = 3


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("weights") / "model.keras"
    DRSINet.from_preset(
        "drsi_net_n", input_size=64, keypoints=KEYPOINTS, max_poses=4
    ).save(path)
    return str(path)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = random_network(
        input_size=64,
        keypoints=KEYPOINTS,
        score_threshold=0.0,
        max_poses=4,
        block_type="bottleneck",
        neck_type="pan",
    )
    path = tmp_path_factory.mktemp("exported") / "model.onnx"
    export(model, path, ExportOptions(poses=True))
    return str(path)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("one.jpg", "one.png", "two.jpg"):
        image = rng.integers(0, 256, (50, 70, 3), "uint8")
        cv2.imwrite(str(folder / name), image)
    (folder / "wrong.jpg").write_text("no photo")
    return folder


def test_a_folder(photos, weights, tmp_path, capsys):
    out = tmp_path / "out"
    main(
        [str(photos), "--weights", weights, "--out", str(out)]
        + ["--score-threshold", "0", "--boxes", "--scores", "--names"]
    )
    assert {path.name for path in out.iterdir()} == {
        "one.jpg",
        "one-2.jpg",
        "two.jpg",
        "poses.json",
    }
    assert cv2.imread(str(out / "two.jpg")).shape == (50, 70, 3)
    images = json.loads((out / "poses.json").read_text())
    names = [image["image"].rsplit("/")[-1] for image in images]
    assert names == ["one.jpg", "one.png", "two.jpg"]
    assert len(images[0]["poses"][0]["keypoints"]) == KEYPOINTS
    printed = capsys.readouterr()
    assert "poses in 3 images" in printed.out
    assert "wrong.jpg: expected an image" in printed.err


def test_a_video(weights, tmp_path):
    clip, out = tmp_path / "clip.mp4", tmp_path / "out"
    video = cv2.VideoWriter(
        str(clip), cv2.VideoWriter.fourcc(*"mp4v"), 12.0, (96, 64)
    )
    for shade in (40, 80, 120, 160):
        video.write(np.full((64, 96, 3), shade, "uint8"))
    video.release()
    main([str(clip), "--weights", weights, "--out", str(out)])
    assert {p.name for p in out.iterdir()} == {"poses.mp4", "poses.json"}
    written = cv2.VideoCapture(str(out / "poses.mp4"))
    assert written.get(cv2.CAP_PROP_FRAME_COUNT) == 4
    assert written.get(cv2.CAP_PROP_FPS) == pytest.approx(12)
    there, last = [written.read() for _ in range(4)][-1]
    assert there and abs(last.mean() - 160) < 10


def test_a_folder_without_a_readable_photo(weights, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_text("no photo")
    with pytest.raises(
        InputError, match="expected at least one image, got none"
    ):
        main([str(folder), "--weights", weights, "--out", str(tmp_path / "o")])


def test_nothing_is_overwritten(photos, weights, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        main([str(photos), "--weights", weights, "--out", str(out)])
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_an_exported_network(photos, exported, tmp_path, capsys):
    out = tmp_path / "out"
    main([str(photos), "--weights", exported, "--out", str(out)])
    assert "poses in 3 images" in capsys.readouterr().out
    assert len(json.loads((out / "poses.json").read_text())) == 3


@pytest.mark.parametrize(
    "option", [["--flip-test"], ["--input-size", "128"], ["--preset", "x"]]
)
def test_what_an_exported_network_does_not_have(
    option, photos, exported, tmp_path
):
    where = [str(photos), "--weights", exported, "--out", str(tmp_path / "o")]
    with pytest.raises(InputError, match="model.onnx: .* has neither"):
        main([*where, *option])
