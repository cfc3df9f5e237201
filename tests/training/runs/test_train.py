"""How a training starts; whole trainings are in test_commands."""

import keras
import numpy as np
import pytest

from keras_drsi.data.anchors import anchors_for
from keras_drsi.data.coco import read_coco
from keras_drsi.data.mean_pose import mean_pose
from keras_drsi.data.synthetic import write_synthetic_people
from keras_drsi.errors import InputError
from keras_drsi.models.drsi_net import DRSINet
from training.runs.settings import TrainingSettings
from training.runs.train import make_model, train


@pytest.fixture(scope="module")
def poses(coco_directory):
    return read_coco(coco_directory, "val")


def keypoint_bias(model):
    branch = model.head.keypoint_branches[0]
    return keras.ops.convert_to_numpy(branch[-1].bias)


@pytest.mark.parametrize("keypoints", [17, 5])
def test_initial_weights_are_carried_over(keypoints, poses, tmp_path, capsys):
    anchors = np.arange(1.0, 25.0).reshape(4, 3, 2).tolist()
    source = DRSINet.from_preset(
        "drsi_net_n", input_size=64, keypoints=keypoints, anchors=anchors
    )
    for weight in source.trainable_weights:
        weight.assign(weight + 1)
    source.save(tmp_path / "a.keras")
    model = make_model(
        poses,
        TrainingSettings(
            input_size=64, initial_weights=str(tmp_path / "a.keras")
        ),
    )
    assert "Warm start from drsi_net_n" in capsys.readouterr().out
    np.testing.assert_array_equal(model.anchors, anchors)
    kernel = model.neck.weights[0]
    np.testing.assert_array_equal(kernel, source.neck.weights[0])
    # Outputs for other keypoints start from the mean pose, as if fresh.
    if keypoints != 17:
        source = DRSINet.from_preset(
            "drsi_net_n", input_size=64, anchors=anchors
        )
        source.initialize_pose_prior(mean_pose(poses))
    np.testing.assert_array_equal(keypoint_bias(model), keypoint_bias(source))


def test_anchors_that_suit_the_data(tmp_path):
    write_synthetic_people(tmp_path / "people", 12, 1, 64, seed=0)
    poses = read_coco(tmp_path / "people", "train")
    model = make_model(poses, TrainingSettings(input_size=64, anchors="data"))
    np.testing.assert_allclose(model.anchors, anchors_for(poses, 64))
    with pytest.raises(InputError, match="anchors: expected preset with"):
        TrainingSettings(anchors="data", initial_weights="model.keras")


def test_training_in_channels_first(train_and_val, tiny_network, tmp_path):
    """As a `keras.json` may have it for all models."""
    former = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        model = train(
            read_coco(train_and_val, "train"),
            read_coco(train_and_val, "val"),
            TrainingSettings(
                network=tiny_network,
                input_size=64,
                epochs=1,
                batch_size=2,
                optimizer="sgd",
            ),
            tmp_path,
        )
    finally:
        keras.config.set_image_data_format(former)
    assert model.data_format == "channels_first"
    assert "val_AP" in (tmp_path / "log.csv").read_text()


@pytest.mark.parametrize(
    "value, expected", [("auto", "auto"), ("on", True), ("off", False)]
)
def test_jit_compile_reaches_compile(
    value, expected, poses, tmp_path, monkeypatch
):
    class Compiled(Exception):
        pass

    def compile_(self, optimizer, jit_compile):
        raise Compiled(jit_compile)

    monkeypatch.setattr(DRSINet, "compile", compile_)
    settings = TrainingSettings(input_size=64, jit_compile=value)
    with pytest.raises(Compiled) as caught:
        train(poses, poses, settings, tmp_path)
    assert caught.value.args == (expected,)
