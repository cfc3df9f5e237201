import numpy as np
import pytest

from keras_drsi.checkpoints import warm_start, yolo_pose_tensors
from keras_drsi.errors import InputError
from keras_drsi.models.drsi_net import DRSINet
from tests.backend import to_numpy

CONFIG = {"width": 0.0625, "input_size": 64, "keypoints": 5}


@pytest.fixture(scope="module")
def yolo_pose():
    model = DRSINet(
        block_type="bottleneck",
        neck_type="pan",
        name="ancestor",
        head_type="yolo_pose",
        **CONFIG,
    )
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(size=w.shape) for w in model.weights])
    return model


def weights(model):
    return {weight.path: to_numpy(weight) for weight in model.weights}


def test_shared_parts_are_copied(yolo_pose):
    model = DRSINet(head_type="yolo_pose", **CONFIG)
    before, given = weights(model), weights(yolo_pose)
    assert len(before) == len(model.weights)  # paths tell weights apart
    report = warm_start(model, yolo_pose)
    after = weights(model)
    assert {*report.copied, *report.fresh} == set(after)
    for path in report.copied:
        np.testing.assert_array_equal(after[path], given[path])
    for path in report.fresh:
        np.testing.assert_array_equal(after[path], before[path])
    copied = " ".join(report.copied)
    for part in (
        "stem/conv/conv/kernel",
        "stage_3_down/conv/kernel",
        "stage_3/blocks_in/conv/kernel",
        "stage_3/bypass/norm/moving_mean",
        "stage_3/fuse/conv/kernel",
        "stage_5_pool/reduce/conv/kernel",
        "stage_5/bottleneck_0/spatial/conv/kernel",
        "neck/lateral_P5/conv/kernel",
        "neck/top_down_P4/fuse/conv/kernel",
        "neck/downsample_P6/norm/gamma",
        "head/box_P3/bias",
        "head/keypoint_P6_depthwise_1/conv/kernel",
        "head/keypoint_P6/kernel",
    ):
        assert part in copied
    fresh = " ".join(report.fresh)
    assert "stage_3/drsi_0" in fresh and "attention" in fresh
    assert not any(
        name in fresh for name in ("stem", "down/", "stage_5", "head")
    )


def test_other_keypoints_start_fresh_outputs(yolo_pose):
    model = DRSINet(**{**CONFIG, "keypoints": 3})
    report = warm_start(model, yolo_pose)
    outputs = {p for p in report.fresh if p.startswith("head/")}
    assert len(outputs) == 4 * 2 * 2  # levels, convolutions, kernel and bias
    assert report.fresh["head/box_P3/kernel"][1].startswith(
        "different keypoints"
    )
    assert "source has 45" in report.fresh["head/keypoint_P3/bias"][1]
    assert "head/keypoint_P3_depthwise_1/conv/kernel" in report.copied


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"head_type": "pose"}, "different order of channels"),
        ({"anchors": np.ones((4, 3, 2)).tolist()}, "different anchors"),
    ],
)
def test_outputs_of_another_meaning_start_fresh(changes, reason, yolo_pose):
    model = DRSINet(**{**CONFIG, "head_type": "yolo_pose", **changes})
    report = warm_start(model, yolo_pose)
    assert report.fresh["head/box_P3/kernel"][1] == reason
    assert report.fresh["head/keypoint_P6/bias"][1] == reason
    assert "head/keypoint_P6_pointwise_1/conv/kernel" in report.copied


def test_another_width_says_both_shapes(yolo_pose):
    model = DRSINet(**{**CONFIG, "width": 0.125})
    report = warm_start(model, yolo_pose)
    _, reason = report.fresh["stage_4_down/conv/kernel"]
    assert reason == "expected 3x3x64x96, source has 3x3x32x48"


def test_report_counts_every_number(yolo_pose):
    model = DRSINet(**CONFIG)
    report = warm_start(model, yolo_pose)
    total = model.count_params()
    copied = sum(report.copied.values())
    lines = str(report).splitlines()
    assert lines[-1] == (
        f"Warm start from ancestor: {copied:,} of {total:,} parameters."
    )
    counts = [int(line.split()[2].replace(",", "")) for line in lines[:-1]]
    assert sum(counts) == total
    assert any("stage_1/drsi_0" in line for line in lines if "fresh" in line)


def test_preset_from_a_checkpoint(yolo_pose, tmp_path, capsys):
    np.savez(tmp_path / "a.npz", **yolo_pose_tensors(yolo_pose))
    model = DRSINet.from_preset(
        "drsi_net_s",
        width=0.0625,
        input_size=64,
        keypoints=5,
        initial_weights=tmp_path / "a.npz",
    )
    np.testing.assert_allclose(model.anchors, yolo_pose.anchors)
    assert model.head_type == "yolo_pose"
    np.testing.assert_array_equal(
        weights(model)["stage_2/fuse/conv/kernel"],
        weights(yolo_pose)["stage_2/fuse/conv/kernel"],
    )
    assert "Warm start from yolo_pose" in capsys.readouterr().out


def test_preset_from_a_network(yolo_pose, capsys):
    DRSINet.from_preset(
        "yolo_pose_s",
        width=0.0625,
        input_size=64,
        keypoints=5,
        initial_weights=yolo_pose,
    )
    assert "fresh" not in capsys.readouterr().out


def test_missing_file_is_named():
    with pytest.raises(InputError, match="none.pt: expected a weights file"):
        DRSINet.from_preset(
            "drsi_net_n", input_size=64, initial_weights="none.pt"
        )
