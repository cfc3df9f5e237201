"""The README's first programs, as they stand there."""

import os

import cv2
import keras
import numpy as np
import pytest

from tests.readme import readme_programs
from training.commands import synthesize


@pytest.fixture
def people(tmp_path, monkeypatch):
    """A folder with `people`, as the README's command makes them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", os.environ["KERAS_BACKEND"])
    synthesize.main(
        "--crowd calm --train 1 --val 9 --out people".split(),
    )
    return tmp_path / "people"


def run_program(chapter):
    (program,) = readme_programs(chapter)
    names = {}
    exec(program, names)
    return names


def test_poses_in_your_pictures(people, capsys):
    photo = cv2.imread(str(next((people / "val2017").iterdir())))
    cv2.imwrite("photo.jpg", photo)
    video = cv2.VideoWriter(
        "clip.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 10, photo.shape[1::-1]
    )
    for _ in range(3):
        video.write(photo)
    video.release()
    names = run_program("Poses in your pictures")
    assert capsys.readouterr().out.count(" people\n") == 3
    drawn = cv2.imread("poses.png")[..., ::-1]
    np.testing.assert_array_equal(drawn, names["picture"])
    assert np.abs(drawn.astype(int) - photo[..., ::-1]).max() > 100


def test_in_your_own_program(people):
    names = run_program("In your own program")
    assert names["found"]["keypoints"].shape == (4, 100, 17, 3)
    assert int(names["model"].optimizer.iterations) == 10
    assert keras.saving.load_model("model.keras").compiled
