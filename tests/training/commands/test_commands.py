"""Every command, as a user calls it."""

import importlib
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


def test_invalid_input_gives_one_line(tmp_path):
    """Of `python -m training.train`, which is `drsi train`."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "training.train", "--data", "nowhere"),
            *("--out", str(tmp_path / "out")),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and "nowhere" in line
    assert not (tmp_path / "out").exists()
