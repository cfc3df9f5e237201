import json

import keras
import numpy as np
import pytest

from keras_drsi import DRSINet, InputError, KeypointSchema
from tests.random_norms import random_network

ARROW = KeypointSchema(("tip", "left", "right"), (0.05, 0.1, 0.1))


@pytest.fixture(scope="module")
def model():
    return random_network(
        input_size=64, keypoints=ARROW, width=0.125, frozen=["backbone"]
    )


@pytest.fixture
def folder(model, tmp_path):
    model.save_to_preset(tmp_path / "preset")
    return tmp_path / "preset"


def assert_equal_outputs(actual, expected):
    images = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3))
    actual, expected = actual(images), expected(images)
    for level in expected:
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(actual[level]),
            keras.ops.convert_to_numpy(expected[level]),
        )


def test_round_trip(model, folder, capsys):
    loaded = DRSINet.from_preset(folder)
    assert loaded.get_config() == model.get_config()
    assert_equal_outputs(loaded, model)
    assert DRSINet.from_preset(str(folder)).keypoints == ARROW
    assert not capsys.readouterr().out


def test_files(model, folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "metadata.json",
        "model.weights.h5",
    ]
    config = json.loads((folder / "config.json").read_text())
    assert config["registered_name"] == "keras_drsi>DRSINet"
    assert "compile_config" not in config
    metadata = json.loads((folder / "metadata.json").read_text())
    assert metadata["parameter_count"] == model.count_params()
    assert metadata["keras_version"] == keras.__version__


def test_a_folded_network(model, tmp_path):
    folded = model.fold()
    folded.save_to_preset(tmp_path / "folded")
    loaded = DRSINet.from_preset(tmp_path / "folded")
    assert loaded.folded
    assert_equal_outputs(loaded, folded)


def test_random_weights_in_the_same_architecture(model, folder):
    fresh = DRSINet.from_preset(folder, initial_weights=None)
    assert fresh.get_config() == model.get_config()
    kernel = fresh.neck.weights[0] - model.neck.weights[0]
    assert float(keras.ops.max(keras.ops.abs(kernel))) > 0


def test_other_arguments_keep_the_weights_that_fit(model, folder, capsys):
    resized = DRSINet.from_preset(folder, input_size=128, max_poses=5)
    assert (resized.input_size, resized.max_poses) == ((128, 128), 5)
    assert resized.anchors == model.anchors
    assert_equal_outputs(resized, model)
    assert not capsys.readouterr().out
    DRSINet.from_preset(folder, keypoints=2)
    assert "fresh    head" in capsys.readouterr().out


def test_nothing_is_overwritten(model, folder):
    before = (folder / "model.weights.h5").read_bytes()
    with pytest.raises(InputError, match="preset: exists already"):
        model.save_to_preset(folder)
    assert (folder / "model.weights.h5").read_bytes() == before


def test_a_save_that_fails_leaves_nothing(model, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model, "save_weights", fail)
    with pytest.raises(InputError, match="cannot be written: No space left"):
        model.save_to_preset(tmp_path / "preset")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}: expected a .* file"):
        DRSINet.from_preset(folder)


def test_truncated_weights(folder):
    path = folder / "model.weights.h5"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="model.weights.h5: damaged"):
        DRSINet.from_preset(folder)


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "expected JSON"),
        ("[]", "expected keras_drsi>DRSINet, got none"),
        ('{"registered_name": "keras_hub>X"}', "got keras_hub>X"),
        ('{"registered_name": "keras_drsi>DRSINet"}', "KeyError: 'config'"),
    ],
)
def test_another_config(folder, content, message):
    (folder / "config.json").write_text(content)
    with pytest.raises(InputError, match=f"config.json: .*{message}"):
        DRSINet.from_preset(folder)


def test_an_argument_that_does_not_exist(folder):
    path = folder / "config.json"
    content = json.loads(path.read_text())
    content["config"]["widht"] = content["config"].pop("width")
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="config.json: .*'widht'"):
        DRSINet.from_preset(folder)


def test_neither_a_preset_nor_a_folder(tmp_path):
    for preset in (tmp_path / "none", 3, None):
        with pytest.raises(InputError, match="unknown preset"):
            DRSINet.from_preset(preset)
