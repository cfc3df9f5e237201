"""From nothing to a checked ONNX file, through the public door."""

import dataclasses
import json

import keras
import pytest

from keras_drsi.checkpoints.trained_model import load_trained_model
from keras_drsi.errors import InputError
from training.runs import demo
from training.runs.recipes import find_recipe


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "out"
    settings = dataclasses.replace(
        find_recipe("synthetic"),
        input_size=64,
        epochs=1,
        batch_size=4,
        evaluate_every=1,
    )
    demo.demo(folder, settings, train_images=16, val_images=4)
    return folder


def test_everything_is_there(demo_folder):
    expected = {
        "ap.json",
        "ap.txt",
        "best.keras",
        "curves.png",
        "data",
        "last.keras",
        "log.csv",
        "model.onnx",
        "model.weights.h5",
        "network.json",
        "predictions.png",
        "results.json",
        "schema.json",
        "settings.json",
        "state",
    }
    assert {path.name for path in demo_folder.iterdir()} == expected
    metrics = json.loads((demo_folder / "ap.json").read_text())
    assert 0 <= metrics["AP"] <= 1
    record = json.loads((demo_folder / "settings.json").read_text())
    assert record["backend"] == keras.backend.backend()


def test_model_loads(demo_folder):
    model = load_trained_model(demo_folder / "last.keras")
    assert model.input_size == (64, 64)


def test_existing_folder_is_refused(demo_folder):
    with pytest.raises(InputError, match="already exists"):
        demo.demo(demo_folder)
