"""A module of this package in a process of another backend."""

import os
import subprocess
import sys

from keras_drsi.errors import InputError

# How the line begins that says what is wrong with the input.
PREFIX = "error: "


def run_under(backend, module, *arguments):
    """Runs `python -m module arguments` with a given Keras backend.

    Args:
        backend: `"tensorflow"`, `"jax"` or `"torch"`.
        module: dotted name of the module.
        *arguments: strings or paths.

    Returns:
        What it printed.

    Raises:
        InputError: if it failed, with the line it ended with where its
            input was at fault, else with the end of what it wrote to stderr.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = done.stderr.strip()
        last = said.splitlines()[-1:]
        if last and last[0].startswith(PREFIX):
            raise InputError(last[0].removeprefix(PREFIX))
        raise InputError(f"{module} under {backend} failed: {said[-2000:]}")
    return done.stdout


def run_worker(main):
    """Runs the `main` of a module that `run_under` starts.

    Args:
        main: function without required arguments. Its `InputError` becomes
            the last line on stderr, from which `run_under` raises it again.
    """
    try:
        main()
    except InputError as error:
        sys.exit(f"{PREFIX}{error}")
