import keras
import numpy as np
import pytest

from keras_drsi.checkpoints import yolo_pose_tensors
from keras_drsi.checkpoints.convert import convert
from keras_drsi.errors import InputError
from keras_drsi.models.drsi_net import DRSINet
from training.commands.convert import main


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    model = DRSINet(
        width=0.0625,
        block_type="bottleneck",
        neck_type="pan",
        head_type="yolo_pose",
        keypoint_depth=0,
        input_size=64,
    )
    path = tmp_path_factory.mktemp("checkpoint") / "a.npz"
    np.savez(path, **yolo_pose_tensors(model))
    return path


def test_keras_file_holds_the_network(checkpoint, tmp_path, capsys):
    out = tmp_path / "new" / "a.keras"
    main([str(checkpoint), "--out", str(out), "--input-size", "64"])
    assert "17 keypoints" in capsys.readouterr().out
    model = keras.saving.load_model(out)
    assert model.input_size == (64, 64)
    assert [p.name for p in out.parent.iterdir()] == ["a.keras"]


def test_weights_file_says_which_anchors_belong_to_it(
    checkpoint, tmp_path, capsys
):
    out = tmp_path / "a.weights.h5"
    main([str(checkpoint), "--out", str(out), "--input-size", "64"])
    assert "anchors=" in capsys.readouterr().out
    assert out.is_file()


def test_nothing_is_overwritten(checkpoint, tmp_path):
    out = tmp_path / "a.keras"
    out.write_text("precious")
    with pytest.raises(InputError, match="a.keras: already exists"):
        convert(checkpoint, out)
    assert out.read_text() == "precious"


def test_unknown_kind_of_output(checkpoint, tmp_path):
    with pytest.raises(InputError, match="a.bin: expected a file name ending"):
        convert(checkpoint, tmp_path / "a.bin")


def test_output_below_a_file(checkpoint, tmp_path):
    (tmp_path / "a").write_text("a file")
    with pytest.raises(InputError, match="a.keras: cannot be written"):
        convert(checkpoint, tmp_path / "a" / "a.keras", 64)


def test_bad_checkpoint_leaves_nothing(tmp_path):
    (tmp_path / "a.npz").write_text("nonsense")
    with pytest.raises(InputError, match="a.npz: corrupted"):
        convert(tmp_path / "a.npz", tmp_path / "a.keras")
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]
