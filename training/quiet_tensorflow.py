"""TensorFlow, imported without the log lines of its start.

It writes some as its libraries are loaded, before its log level counts. So
while it is imported, a process of its own passes stderr on without them: it
outlives a crash, whose last words are what one needs to know.
"""

import contextlib
import os
import subprocess
import sys

from keras_drsi.import_hook import wrap_import

FILTER = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
for line in sys.stdin.buffer:
    is_information = line[:1] == b"I" and line[1:5].isdigit()
    is_heading = b"before absl::InitializeLog()" in line
    if not (is_information or is_heading):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
"""


def quiet_tensorflow():
    """Leaves the lines out whenever TensorFlow is imported.

    Keras and the data pipeline import it under every backend. With
    TF_CPP_MIN_LOG_LEVEL=0 all lines are shown.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "0":
        wrap_import("tensorflow", _filtered_stderr)


@contextlib.contextmanager
def _filtered_stderr():
    sys.stderr.flush()
    stderr = os.dup(2)
    reader = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", FILTER],
        stdin=subprocess.PIPE,
        stdout=stderr,
    )
    os.dup2(reader.stdin.fileno(), 2)
    reader.stdin.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(stderr, 2)  # the reader ends with the last writer
        os.close(stderr)
        reader.wait()
