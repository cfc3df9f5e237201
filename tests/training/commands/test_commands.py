"""Every command, as a user calls it."""

import importlib
import os
import pathlib
import subprocess
import sys

import pytest

from training import commands

COMMANDS = tuple(
    path.stem
    for path in pathlib.Path(commands.__file__).parent.glob("[a-z]*.py")
)
MODULES = (
    "benchmarks.cli",
    "benchmarks.export_matrix",
    "benchmarks.export_reference",
    "benchmarks.timing_worker",
    "keras_drsi.evaluation.backend_probe",
    "training.runs.replica",
    *sorted(f"training.commands.{name}" for name in COMMANDS),
)


@pytest.mark.parametrize("name", MODULES)
def test_help(name, capsys):
    module = importlib.import_module(name)
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
