"""One weights file, three frameworks, equal numbers (T16)."""

import numpy as np
import pytest

from keras_drsi.evaluation import backend_comparison


@pytest.fixture(scope="module")
def report():
    return backend_comparison.compare_backends("drsi_net_n", 128)


def test_every_backend_took_part(report):
    assert set(report["backends"]) == set(
        backend_comparison.installed_backends()
    )
    assert len(report["backends"]) == 3


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_numbers_agree(report, backend):
    result = report["backends"][backend]
    assert result["raw"] < 1e-4
    assert result["loss"] < 1e-5
    assert result["same_poses"]
    assert result["poses"] > 0
    assert result["steps_loss"] < 1e-4
    assert result["steps_fall"] > 5e-4
    assert result["steps_weights"] < 1e-4


def test_comparison_notices_a_difference():
    probe = {
        "raw/P3": np.array([1.0, 2.0, 4.0]),
        "loss/box_loss": np.array(2.0),
        "poses/boxes": np.zeros((1, 1, 4)),
        "poses/keypoints": np.zeros((1, 1, 1, 3)),
        "poses/count": np.array([1]),
        "training/losses": np.ones(5),
        "weights/0": np.ones(3),
    }
    other = {name: values + 1 for name, values in probe.items()}
    result = backend_comparison.compare_probes(probe, other)
    assert result["raw"] == pytest.approx(1 / probe["raw/P3"].std())
    assert result["loss"] == 0.5
    assert not result["same_poses"]
    assert result["steps_loss"] == 1
    assert result["steps_fall"] == 0
    assert result["steps_weights"] == 1


def test_comparison_notices_nan():
    probe = {
        "raw/P3": np.arange(3.0),
        "raw/P4": np.arange(3.0),
        "loss/box_loss": np.array(2.0),
        "loss/oks_loss": np.array(2.0),
        "poses/boxes": np.zeros((1, 2, 4)),
        "poses/keypoints": np.zeros((1, 2, 1, 3)),
        "poses/count": np.array([2]),
        "training/losses": np.ones(5),
        "weights/0": np.ones(3),
        "weights/1": np.ones(3),
    }
    for name in ("raw/P4", "loss/oks_loss", "poses/boxes", "weights/1"):
        other = {**probe, name: probe[name] * np.nan}
        result = backend_comparison.compare_probes(probe, other)
        numbers = [v for v in result.values() if isinstance(v, float)]
        assert np.isnan(numbers).any(), name
        assert name != "poses/boxes" or not result["same_poses"]
