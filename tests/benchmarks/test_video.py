import json

import cv2
import pytest

from benchmarks.cli import main
from benchmarks.video import PARTS, video_table, write_clip
from keras_drsi import DRSINet
from keras_drsi.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    DRSINet.from_preset(
        "drsi_net_n", input_size=64, keypoints=3, max_poses=4
    ).save(folder / "model.keras")
    write_clip(folder / "clip.mp4", 5, size=(96, 64), seed=1)
    return folder


def test_a_clip_of_people_who_pass_by(folder):
    clip = cv2.VideoCapture(str(folder / "clip.mp4"))
    pictures = []
    while (frame := clip.read())[0]:
        pictures.append(frame[1].astype(int))
    assert len(pictures) == 5 and pictures[0].shape == (64, 96, 3)
    # The picture's middle is to be found a quarter to the left later on.
    moved = abs(pictures[1][:, :72] - pictures[0][:, 24:]).mean()
    stayed = abs(pictures[1] - pictures[0]).mean()
    assert moved < 0.6 * stayed


def test_every_part_of_the_first_frames(folder, capsys):
    main(
        ["video", "--weights", str(folder / "model.keras"), "--json"]
        + ["--source", str(folder / "clip.mp4"), "--frames", "3"]
    )
    timings = json.loads(capsys.readouterr().out)
    assert timings["frames"] == 3
    assert tuple(timings["milliseconds"]) == PARTS
    assert all(spent > 0 for spent in timings["milliseconds"].values())
    assert timings["frames_per_second"] > 0


def test_table():
    timings = {
        "milliseconds": dict.fromkeys(PARTS, 4.0),
        "frames_per_second": 100.0,
    }
    lines = [line.split() for line in video_table(timings).splitlines()]
    assert lines[0] == ["decode", "4.0", "ms"]
    assert lines[-2] == ["one", "by", "one", "20.0", "ms", "50.0", "fps"]
    assert lines[-1] == ["predict", "10.0", "ms", "100.0", "fps"]


def test_nonsense_is_refused(folder):
    weights = ["--weights", str(folder / "model.keras")]
    with pytest.raises(InputError, match="--frames: expected > 0"):
        main(["video", *weights, "--frames", "0"])
    with pytest.raises(InputError, match="expected a video"):
        main(["video", *weights, "--source", str(folder / "model.mp4")])
    with pytest.raises(InputError, match="expected an image|expected a video"):
        main(["video", *weights, "--source", str(folder / "model.keras")])
