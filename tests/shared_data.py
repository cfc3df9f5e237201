"""Data that is too large, or not ours, to be part of the repository.

What it proves is proven by `tests/fixtures` as well, on fewer values.
"""

import os
import pathlib

import pytest

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
FOLDER = pathlib.Path(
    os.environ.get(
        "DRSI_SHARED_DATA",
        pathlib.Path(__file__).parents[2] / "shared" / "data",
    )
)


def shared_data(name):
    """Path of a file or folder; skips the test where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path
