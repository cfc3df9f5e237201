import dataclasses
import math

import pytest

from keras_drsi import PRESETS, DRSINet, InputError
from keras_drsi.keypoints import KeypointSchema
from keras_drsi.models import presets


@pytest.mark.parametrize("name", PRESETS)
def test_parameters(name):
    model = DRSINet.from_preset(name, input_size=64, initial_weights=None)
    params = sum(math.prod(w.shape) for w in model.trainable_weights)
    assert params == PRESETS[name].params
    assert model.name == name


def test_the_class_describes_its_presets():
    assert list(DRSINet.presets) == list(PRESETS)
    assert DRSINet.presets["drsi_net_s"] == {
        "description": "DRSI-Net-s (Table 1).",
        "params": 15_428_184,
        "input_size": 640,
        "trained": False,
    }
    assert DRSINet.presets["drsi_net_n_synthetic"]["trained"]


def test_unknown_preset_names_the_closest():
    with pytest.raises(InputError, match="did you mean 'drsi_net_s'"):
        DRSINet.from_preset("drsinet_s")


def test_unknown_argument_names_the_closest():
    with pytest.raises(InputError, match="'widht', did you mean 'width'"):
        DRSINet.from_preset("drsi_net_n", widht=0.5)


@pytest.mark.parametrize("size", [0, -64, 100, (128, 96)])
def test_size_that_is_no_multiple_of_64(size):
    with pytest.raises(InputError, match="multiple of 64"):
        DRSINet.from_preset("drsi_net_n", input_size=size)


@pytest.mark.parametrize("keypoints", [0, "person", 1.5])
def test_keypoints_of_the_wrong_kind(keypoints):
    with pytest.raises(InputError, match="KeypointSchema or a positive"):
        DRSINet.from_preset("drsi_net_n", input_size=64, keypoints=keypoints)


def test_any_number_of_keypoints():
    arrow = KeypointSchema(("tip", "tail"), (0.05, 0.1))
    for keypoints in (arrow, 2):
        model = DRSINet.from_preset(
            "drsi_net_n", input_size=64, keypoints=keypoints
        )
        assert model.output["P3"].shape == (None, 8, 8, 3, 6 + 3 * 2)


def test_other_arguments_override_the_preset():
    model = DRSINet.from_preset("drsi_net_n", 64, neck_type="pan", order=3)
    assert (model.neck_type, model.order, model.width) == ("pan", 3, 0.25)


def test_a_trained_network_comes_along(capsys):
    preset = PRESETS["drsi_net_n_synthetic"]
    model = DRSINet.from_preset("drsi_net_n_synthetic")
    assert model.input_size == (preset.input_size,) * 2
    assert preset.weights.path().stat().st_size < 8e6
    assert not capsys.readouterr().out
    trained = model.neck.weights[0]
    fresh = DRSINet.from_preset(
        "drsi_net_n_synthetic", input_size=64, initial_weights=None
    )
    assert (trained.numpy() != fresh.neck.weights[0].numpy()).any()


def test_trained_weights_fit_other_keypoints_in_part(capsys):
    DRSINet.from_preset("drsi_net_n_synthetic", input_size=64, keypoints=3)
    printed = capsys.readouterr().out
    assert "Warm start" in printed and "fresh    head" in printed


def test_a_flipped_bit_of_the_weights_is_refused(monkeypatch, tmp_path):
    weights = PRESETS["drsi_net_n_synthetic"].weights
    content = bytearray(weights.path().read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / weights.file).write_bytes(content)
    monkeypatch.setattr(presets, "WEIGHTS_FOLDER", tmp_path)
    with pytest.raises(InputError, match=f"expected sha256 {weights.sha256}"):
        DRSINet.from_preset("drsi_net_n_synthetic")


def test_missing_weights_are_named():
    weights = PRESETS["drsi_net_n_synthetic"].weights
    with pytest.raises(InputError, match="none.keras: No such file"):
        dataclasses.replace(weights, file="none.keras").path()
