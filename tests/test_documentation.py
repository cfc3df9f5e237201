"""README and guides: programs as they stand there, commands, names."""

import contextlib
import functools
import importlib
import inspect
import io
import os
import re

import cv2
import keras
import numpy as np
import pytest

from tests.documented_programs import (
    REPOSITORY,
    documented_commands,
    documented_programs,
)
from training.commands import synthesize

GUIDES = "docs/guides"
REFERENCE = "\n".join(
    page.read_text() for page in (REPOSITORY / "docs/reference").glob("*.md")
)


@pytest.fixture
def people(tmp_path, monkeypatch):
    """A folder with `people`, as the documented command makes them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", os.environ["KERAS_BACKEND"])
    synthesize.main(
        "--crowd calm --train 1 --val 9 --out people".split(),
    )
    return tmp_path / "people"


@pytest.fixture
def image(people):
    """One of them as `image.jpg`."""
    image = cv2.imread(str(next((people / "val2017").iterdir())))
    cv2.imwrite("image.jpg", image)
    return image


def run_program(page, chapter):
    (program,) = documented_programs(page, chapter)
    names = {}
    exec(program, names)
    return names


def check_drawing(image):
    drawn = cv2.imread("poses.png")
    assert drawn.shape == image.shape
    assert np.abs(drawn.astype(int) - image).max() > 100


def test_readme_predict(image, capsys):
    names = run_program("README.md", "Predict")
    wrists = names["result"].keypoint("left_wrist")
    assert len(wrists) > 0
    assert capsys.readouterr().out == f"{wrists}\n"
    check_drawing(image)


def test_predicting(image, capsys):
    video = cv2.VideoWriter(
        "clip.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 10, image.shape[1::-1]
    )
    for _ in range(3):
        video.write(image)
    video.release()
    run_program(f"{GUIDES}/predicting.md", "In Python")
    assert capsys.readouterr().out.count(" people\n") == 3
    check_drawing(image)


def test_training_in_python(people):
    names = run_program(f"{GUIDES}/training_in_python.md", "A program")
    assert names["found"]["keypoints"].shape == (4, 100, 17, 3)
    assert int(names["model"].optimizer.iterations) == 10
    assert keras.saving.load_model("model.keras").compiled


def test_own_keypoints():
    names = run_program(f"{GUIDES}/own_keypoints.md", "In Python")
    assert names["model"].keypoints == names["lamp"]


@functools.cache
def known_options(command):
    """The options of a command, as its help has them."""
    module = command.replace("-", "_")
    main = importlib.import_module(f"training.commands.{module}").main
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    return set(re.findall(r"--[a-z-]+", printed.getvalue()))


@pytest.mark.parametrize("page, command, options", documented_commands())
def test_commands(page, command, options):
    assert set(options) <= known_options(command)


@pytest.mark.parametrize(
    "package",
    [
        *("keras_drsi", "keras_drsi.layers", "keras_drsi.models"),
        *("keras_drsi.optimizers", "keras_drsi.callbacks", "keras_drsi.data"),
        *("keras_drsi.evaluation", "keras_drsi.export", "keras_drsi.inference"),
        "keras_drsi.checkpoints",
    ],
)
def test_every_public_name_is_in_the_reference(package):
    module = importlib.import_module(package)
    names = [
        name
        for name, value in inspect.getmembers(module)
        if (inspect.isclass(value) or inspect.isfunction(value))
        and not name.startswith("_")
    ]
    assert names
    missing = [
        name
        for name in names
        if not re.search(rf"^::: keras_drsi\..*\.{name}$", REFERENCE, re.M)
    ]
    assert not missing
