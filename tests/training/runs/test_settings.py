import dataclasses
import json
import math

import pytest

from keras_drsi import InputError
from training.runs.settings import TrainingSettings


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("preset", "drsi_net_x", "unknown preset"),
        ("input_size", 100, "multiple of 64"),
        ("training_sizes", [64, 100], "multiple of 64, got 100 x 100"),
        ("training_sizes", [64, "a"], "training_sizes: expected whole num"),
        ("training_sizes", [True], "training_sizes: expected whole numbers"),
        ("epochs", 0, "epochs: expected at least 1, got 0"),
        ("batch_size", -1, "batch_size: expected at least 1"),
        ("evaluate_every", 0, "evaluate_every"),
        ("samples_every", 0, "samples_every: expected at least 1, got 0"),
        ("learning_rate", 0.0, "learning_rate: expected > 0"),
        ("seed", -1, "seed: expected >= 0"),
        ("optimizer", "lamb", "optimizer: expected one of adamw, sgd"),
        ("precision", "float8", "precision: expected one of float32"),
        ("jit_compile", "yes", "jit_compile: expected one of auto, on, off"),
        ("final_rate", 1.5, "final_rate: expected 0..1, got 1.5"),
        ("average_decay", -0.1, "average_decay: expected 0..1"),
        ("average_ramp", 0.0, "average_ramp: expected > 0"),
        ("close_mosaic", -1, "close_mosaic: expected >= 0"),
        ("warmup_momentum", 1.5, "warmup_momentum: expected 0..1, got 1.5"),
        ("warmup_bias_rate", -1.0, "warmup_bias_rate: expected >= 0"),
        ("nominal_batch", 0, "nominal_batch: expected at least 1, got 0"),
        ("seed", 2**32, "seed: expected less than 2"),
        ("anchors", "mine", "anchors: expected a list of them, or preset or"),
        ("anchors", [[[1, 2]]], "anchors: expected 4 lists of pairs"),
        ("anchors", [[[1, 0]]] * 4, "anchors: expected 4 lists of pairs"),
        ("anchors", [1, [2]], "anchors: expected 4 lists of pairs"),
        ("network", {"blok_type": "hor"}, "did you mean 'block_type'"),
        ("network", {"input_size": 64}, "network: unknown setting"),
        ("network", {"order": "2"}, "network: order: expected a whole num"),
        (
            "network",
            {"block_type": None},
            "network: block_type: expected a text",
        ),
        ("loss", {"oks_weigth": 1}, "did you mean 'oks_weight'"),
        ("loss", {"oks_weight": "1"}, "loss: oks_weight: expected a number"),
        ("loss", {"oks_tolerances": 2}, "oks_tolerances: expected a list"),
        ("network", {"width": 0}, "network: width: expected > 0, got 0"),
        ("network", {"keypoint_depth": -3}, "keypoint_depth: expected >= 0"),
        ("loss", {"oks_weight": math.nan}, "oks_weight: expected a finite"),
        ("loss", {"oks_tolerances": ["a"]}, "expected a number, got 'a'"),
        ("loss", {"oks_tolerances": []}, "expected > 0, got nothing"),
        ("loss", {"anchor_ratio": 0.0}, "anchor_ratio: expected > 0"),
        ("loss", {"schema": None}, "unknown setting 'schema'"),
    ],
)
def test_value_out_of_range(field, value, message):
    with pytest.raises(InputError, match=message):
        TrainingSettings(**{field: value})


def test_names_and_values_and_back():
    settings = TrainingSettings(
        network={"block_type": "hor", "width": 0.25},
        training_sizes=[192, 256],
        nominal_batch=64,
        average_decay=0.9,
        loss={"oks_tolerances": (1, 2)},
    )
    values = json.loads(json.dumps(dataclasses.asdict(settings)))
    again = TrainingSettings.from_dict(values)
    assert dataclasses.replace(again, loss=settings.loss) == settings
    assert again.loss == {"oks_tolerances": [1, 2]}
    assert settings.accumulated_batches == 4
    larger = dataclasses.replace(settings, batch_size=96)
    assert larger.accumulated_batches == 1
    assert TrainingSettings().accumulated_batches == 1


@pytest.mark.parametrize(
    "values, message",
    [
        ({"mosaic": "yes"}, "augmentation: mosaic: expected a number"),
        ({"scale": 1.5}, "augmentation: scale: expected a list, got 1.5"),
        ({"flip": True}, "augmentation: flip: expected a number, got True"),
        ({"scale": ["a", 2]}, "augmentation: scale: expected a number"),
        ({"flop": 0.5}, "did you mean 'flip'"),
    ],
)
def test_wrong_kinds_within_the_augmentation(values, message):
    with pytest.raises(InputError, match=f"mine.json: .*{message}"):
        TrainingSettings.from_dict({"augmentation": values}, "mine.json")


def test_settings_of_version_0_1():
    """Their network's arguments have other names."""
    old = {"network": {"block": "hor", "neck": "pan", "width": 0.25}}
    assert TrainingSettings.from_dict(old).network == {
        "block_type": "hor",
        "neck_type": "pan",
        "width": 0.25,
    }
