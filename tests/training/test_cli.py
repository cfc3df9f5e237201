import os
import pathlib
import subprocess
import sys

import pytest

from keras_drsi.errors import InputError
from keras_drsi.version import __version__
from training import commands
from training.cli import COMMANDS, main
from training.command_line import run

HEAVY = {
    *("keras", "tensorflow", "torch", "jax", "cv2", "matplotlib"),
    *("onnx", "onnxruntime", "pycocotools"),
}


def drsi(*arguments):
    """Runs the command in a process of its own, as a user does."""
    environment = dict(os.environ)
    # What the command sets itself.
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-m", "training", *arguments],
        env=environment,
        capture_output=True,
        text=True,
    )


def test_help_lists_every_command():
    done = drsi("--help")
    assert done.returncode == 0 and not done.stderr
    files = pathlib.Path(commands.__file__).parent.glob("[a-z]*.py")
    assert set(COMMANDS) == {path.stem.replace("_", "-") for path in files}
    for name, description in COMMANDS.items():
        assert f"  {name} " in done.stdout and description in done.stdout


def imported_by(program):
    """Exit code, output and names of the modules a program has imported."""
    done = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import atexit, sys\n"
            "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
            f"{program}",
        ],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, set(done.stderr.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_imports_that_one_alone(name):
    code, printed, imported = imported_by(
        f"from training.cli import main; main([{name!r}, '--help'])"
    )
    assert code == 0
    assert printed.startswith(f"usage: drsi {name} ")
    assert {m for m in imported if m.startswith("training.commands.")} == {
        f"training.commands.{name.replace('-', '_')}"
    }
    assert not imported & HEAVY


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"keras-drsi {__version__}\n"


def test_without_a_command(capsys):
    assert main([]) == 2
    assert "compare-networks" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, message",
    [
        ("trian", "unknown command 'trian', did you mean 'train'?"),
        ("check_labels", "did you mean 'check-labels'?"),
        ("xyzzy", "unknown command 'xyzzy'; drsi --help lists"),
    ],
)
def test_unknown_command(name, message):
    done = drsi(name, "--out", "x")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_start_up_is_free_of_log_lines():
    done = drsi("profile", "--table", "3")
    assert done.returncode == 0 and "DRSI" in done.stdout
    assert done.stderr == ""


def raising(error):
    def fail():
        raise error

    return fail


@pytest.mark.parametrize(
    "error, code, message",
    [
        (InputError("a.json: wrong."), 2, "error: a.json: wrong.\n"),
        (KeyboardInterrupt(), 130, "\ninterrupted\n"),
        (
            ModuleNotFoundError(name="pycocotools"),
            2,
            "error: this command needs the package pycocotools: pip install "
            "'keras-drsi[training]'.\n",
        ),
    ],
)
def test_how_commands_end(error, code, message, capsys):
    with pytest.raises(SystemExit) as stop:
        run(raising(error))
    assert stop.value.code == code
    assert capsys.readouterr().err == message


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ModuleNotFoundError):
        run(raising(ModuleNotFoundError(name="no_such_package")))
