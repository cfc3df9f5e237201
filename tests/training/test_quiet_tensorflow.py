import os
import pathlib
import signal
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).parents[2]
LOG = """\
import os
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called "
            b"are written to STDERR\\n"
            b"I0000 00:00:1.5   99 cudart_stub.cc:31] no drivers\\n"
            b"E0000 00:00:1.5   99 platform.cc:52] an error\\n"
            b"W0000 00:00:1.5   99 device.cc:10] a warning\\n")
"""
KEPT = [
    "E0000 00:00:1.5   99 platform.cc:52] an error",
    "W0000 00:00:1.5   99 device.cc:10] a warning",
]


@pytest.fixture
def importing(tmp_path):
    """Function that imports a package `tensorflow` of the given source."""

    def import_it(source, after="", **environment):
        (tmp_path / "tensorflow.py").write_text(source)
        return subprocess.run(
            [
                *(sys.executable, "-c"),
                f"import training, tensorflow\n{after}",
            ],
            env={
                **os.environ,
                "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}",
                **environment,
            },
            capture_output=True,
            text=True,
        )

    return import_it


def test_information_is_left_out_and_errors_are_kept(importing):
    done = importing(LOG, "import os; os.write(2, b'afterwards\\n')")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [*KEPT, "afterwards"]


def test_everything_is_shown_at_level_0(importing):
    done = importing(LOG, TF_CPP_MIN_LOG_LEVEL="0")
    assert len(done.stderr.splitlines()) == 4


def test_an_exception_is_kept(importing):
    done = importing(f"{LOG}\nraise RuntimeError('broken')")
    assert done.returncode == 1
    assert done.stderr.splitlines()[:2] == KEPT
    assert done.stderr.splitlines()[-1] == "RuntimeError: broken"


def test_the_last_words_of_a_crash_are_kept(importing):
    done = importing(f"{LOG}\nos.write(2, b'F0000 dies')\nos.abort()")
    assert done.returncode == -signal.SIGABRT
    assert done.stderr.splitlines() == [*KEPT, "F0000 dies"]
