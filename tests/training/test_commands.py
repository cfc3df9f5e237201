"""Every command, as a user calls it."""

import os
import subprocess
import sys

import pytest

COMMANDS = (
    "anchors",
    "backend_probe",
    "benchmark",
    "check_labels",
    "compare_backends",
    "convert",
    "demo",
    "evaluate",
    "export",
    "export_matrix",
    "export_reference",
    "predict",
    "profile",
    "quantize",
    "replica",
    "shrink",
    "synthesize",
    "train",
)


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name, capsys):
    module = __import__(f"training.{name}", fromlist=["main"])
    with pytest.raises(SystemExit) as stop:
        module.main(["--help"])
    assert stop.value.code == 0
    assert "--" in capsys.readouterr().out


def test_input_at_fault_gives_one_line(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "training.train", "--data", "nowhere"),
            *("--out", str(tmp_path / "out")),
        ],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    last_line = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 2
    assert last_line.startswith("error: ") and "nowhere" in last_line
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
