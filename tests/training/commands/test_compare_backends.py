import json

from training.commands import compare_backends

RESULT = {
    **dict.fromkeys(("raw", "loss", "poses_pixels"), 1e-6),
    **dict.fromkeys(("steps_loss", "steps_fall", "steps_weights"), 1e-5),
    "poses": 3,
    "same_poses": True,
    "seconds": dict.fromkeys(("build", "first_step", "step", "predict"), 1.0),
}
REPORT = {
    "preset": "drsi_net_n",
    "input_size": 256,
    "reference": "tensorflow",
    "backends": {"tensorflow": RESULT, "torch": RESULT},
}


def test_json_and_table(monkeypatch, capsys):
    monkeypatch.setattr(
        "keras_drsi.evaluation.backend_comparison.compare_backends",
        lambda *_: REPORT,
    )
    compare_backends.main(["--json"])
    assert json.loads(capsys.readouterr().out) == REPORT
    compare_backends.main([])
    assert "torch" in capsys.readouterr().out
