"""Running a module in a subprocess with another Keras backend."""

import os
import subprocess
import sys

from keras_drsi.errors import InputError

# Prefix of the line on stderr that reports an `InputError`.
PREFIX = "error: "


def run_under(backend, module, *arguments):
    """Runs `python -m module arguments` with a given Keras backend.

    Args:
        backend: string, `"tensorflow"`, `"jax"` or `"torch"`.
        module: string, dotted name of the module.
        *arguments: command-line arguments, strings or paths.

    Returns:
        String, the standard output of the process.

    Raises:
        InputError: if the process fails. The message is that of its own
            `InputError` (see `run_worker`), or else the end of its stderr.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        stderr = done.stderr.strip()
        last = stderr.splitlines()[-1:]
        if last and last[0].startswith(PREFIX):
            raise InputError(last[0].removeprefix(PREFIX))
        raise InputError(f"{module} under {backend} failed: {stderr[-2000:]}")
    return done.stdout


def run_worker(main):
    """Runs the `main` of a module started by `run_under`.

    Args:
        main: function without required arguments. An `InputError` it raises is
            written as the last line of stderr, and raised again by
            `run_under`.
    """
    try:
        main()
    except InputError as error:
        sys.exit(f"{PREFIX}{error}")
