"""Trained networks are read back, or refused in one line."""

import keras
import numpy as np
import pytest

from keras_drsi.checkpoints.trained_model import load_trained_model
from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.models.drsi_net import DRSINet


@pytest.fixture(scope="module")
def small_model():
    return DRSINet(
        width=0.0625,
        block_type="bottleneck",
        neck_type="pan",
        keypoint_depth=0,
        input_size=64,
    )


def test_weights_without_a_model_need_their_preset(small_model, tmp_path):
    path = str(tmp_path / "m.weights.h5")
    small_model.save_weights(path)
    with pytest.raises(InputError, match="m.weights.h5: .*expected preset"):
        load_trained_model(path, schema=COCO_PERSON)
    with pytest.raises(
        InputError, match="m.weights.h5: corrupted or of another type"
    ):
        load_trained_model(path, "yolo_pose_s", 64, COCO_PERSON)


def test_weights_of_other_keypoints(small_model, tmp_path):
    path = str(tmp_path / "m.weights.h5")
    DRSINet.from_preset("drsi_net_n", input_size=64, keypoints=3).save_weights(
        path
    )
    with pytest.raises(
        InputError, match="m.weights.h5: corrupted or of another"
    ):
        load_trained_model(path, "drsi_net_n", 64, COCO_PERSON)
    schema = KeypointSchema.anonymous(3)
    model = load_trained_model(path, "drsi_net_n", 64, schema)
    assert len(model.keypoints) == 3


def test_a_model_of_another_preset_is_refused(small_model, tmp_path):
    path = str(tmp_path / "m.keras")
    small_model.save(path)
    with pytest.raises(
        InputError, match="expected drsi_net_l, with width=1.0, got 0.0625"
    ):
        load_trained_model(path, "drsi_net_l")
    assert load_trained_model("drsi_net_n_synthetic", "drsi_net_n")


def test_another_input_size_keeps_weights_and_anchors(small_model, tmp_path):
    path = str(tmp_path / "m.keras")
    small_model.save(path)
    wide = load_trained_model(path, input_size=(64, 128), schema=COCO_PERSON)
    assert tuple(wide.input_size) == (64, 128)
    assert wide.anchors == small_model.anchors
    for ours, theirs in zip(wide.weights, small_model.weights):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(theirs)
        )


def test_a_preset_that_comes_with_weights():
    model = load_trained_model("drsi_net_n_synthetic")
    assert model.input_size == (128, 128)
    with pytest.raises(InputError, match="drsi_net_n: expected a weights file"):
        load_trained_model("drsi_net_n")


def test_a_model_of_other_keypoints_is_refused(small_model, tmp_path):
    path = str(tmp_path / "m.keras")
    small_model.save(path)
    other = KeypointSchema.anonymous(3)
    with pytest.raises(InputError, match="expected the keypoints keypoint_0"):
        load_trained_model(path, schema=other)


@pytest.mark.parametrize(
    "name, message",
    [
        ("a.keras", "corrupted or of another type: .*not a zip file"),
        ("a.weights.h5", "expected preset"),
        ("a.pkl", "expected a .keras, .weights.h5, .pt, .pth, .npz"),
    ],
)
def test_bad_files_are_named(name, message, tmp_path):
    with pytest.raises(InputError, match=f"{name}: expected .* found none"):
        load_trained_model(tmp_path / name)
    (tmp_path / name).write_text("nonsense")
    with pytest.raises(InputError, match=f"{name}: .*{message}"):
        load_trained_model(tmp_path / name)


def test_half_a_file(small_model, tmp_path):
    path = tmp_path / "m.keras"
    small_model.save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="m.keras: corrupted"):
        load_trained_model(path)


def test_code_in_a_file_is_not_run(tmp_path):
    path = tmp_path / "m.keras"
    code = keras.layers.Lambda(lambda x: x + 1, output_shape=(2,))
    keras.Sequential([keras.Input((2,)), code]).save(path)
    with pytest.raises(InputError, match="corrupted or .*lambda"):
        load_trained_model(path)


@keras.saving.register_keras_serializable(package="keras_drsi_tests")
class Foreign(keras.Sequential):
    pass


def test_a_foreign_model_is_refused(tmp_path):
    path = tmp_path / "m.keras"
    Foreign([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    with pytest.raises(InputError, match="expected a DRSINet, got Foreign"):
        load_trained_model(path)
