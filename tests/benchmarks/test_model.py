import pytest

from benchmarks.cli import main
from benchmarks.model import (
    DEPLOYED,
    REFERENCE,
    time_model,
    timed_tasks,
    timing_table,
)

TASKS = {
    "build": ("build",),
    "forward": ("forward", 64, 1),
    "fused": ("fused", 64, 1),
    "decode": ("decode", 64, 1),
    "step": ("step", 64, 2),
    "loss": ("loss", 64, 2),
}


def test_every_task_of_every_worker():
    backends = ["tensorflow", "torch"]
    timings = time_model("drsi_net_n", 2, TASKS, backends)
    assert set(timings) == set(TASKS)
    for task, row in timings.items():
        assert list(row) == [REFERENCE, *backends, DEPLOYED]
        for name, cell in row.items():
            if name == DEPLOYED and task != "fused":
                assert cell is None
            else:
                assert cell["median"] > 0 and cell["compiling"] >= 0
                assert cell["ratio"] > 0
        assert row[REFERENCE]["ratio"] == 1


def test_mixed_precision_of_all():
    tasks = {name: TASKS[name] for name in ("forward", "fused", "step")}
    timings = time_model(
        "drsi_net_n", 1, tasks, ["torch"], precision="mixed_bfloat16"
    )
    for row in timings.values():
        assert list(row) == [REFERENCE, "torch"]
        assert all(cell["median"] > 0 for cell in row.values())


def test_the_training_step_that_is_asked_for():
    tasks = timed_tasks(step_size=640, step_batch=16)
    assert tasks["training step, 16 at 640"] == ("step", 640, 16)
    assert "training step, 4 at 320" in timed_tasks()


def test_table():
    cell = {"median": 0.5, "ratio": 1.0, "compiling": 0.0}
    compiled = {"median": 1.0, "ratio": 2.5, "compiling": 7.0}
    timings = {
        "build": {REFERENCE: cell, "jax": cell, DEPLOYED: None},
        "step": {REFERENCE: cell, "jax": compiled, DEPLOYED: None},
    }
    assert [line.split() for line in timing_table(timings).splitlines()] == [
        ["seconds", "(ratio)", "reference", "jax", "deployed"],
        ["build", "0.5000", "(1.00)", "0.5000", "(1.00)", "-"],
        ["step", "0.5000", "(1.00)", "1.0000", "(2.50)", "-"],
        ["compiling", "0.0", "7.0", "0.0"],
    ]


def test_other_networks_than_the_references():
    with pytest.raises(ValueError, match="got yolo_pose_s: bottleneck, pan"):
        main(["model", "--preset", "yolo_pose_s"])


@pytest.mark.parametrize(
    "option, message",
    [
        ("--rounds", "--rounds: expected > 0"),
        ("--batch-size", "--batch-size: expected > 0, got 0"),
        ("--input-size", "multiple of 64"),
    ],
)
def test_none(option, message):
    with pytest.raises(ValueError, match=message):
        main(["model", option, "0"])
