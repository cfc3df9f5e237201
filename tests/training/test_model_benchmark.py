import pytest

from training.benchmark import main
from training.model_benchmark import REFERENCE, time_model, timing_table


def test_every_task_of_every_worker():
    tasks = {
        "build": ("build",),
        "forward": ("forward", 64, 1),
        "fused": ("fused", 64, 1),
        "decode": ("decode", 64, 1),
        "step": ("step", 64, 2),
    }
    timings = time_model("drsi_net_n", 2, tasks, backends=["torch"])
    assert set(timings) == set(tasks)
    for row in timings.values():
        assert set(row) == {REFERENCE, "torch"}
        for seconds in row.values():
            assert 0 < seconds["median"]
    assert timings["forward"]["torch"]["first"] > 0
    lines = timing_table(timings).splitlines()
    assert len(lines) == 1 + len(tasks)
    assert "(1.00)" in lines[1]


def test_other_networks_than_the_references():
    with pytest.raises(ValueError, match="got yolo_pose_s: bottleneck, pan"):
        main(["model", "--preset", "yolo_pose_s"])


def test_no_rounds():
    with pytest.raises(ValueError, match="--rounds: expected > 0"):
        main(["model", "--rounds", "0"])
