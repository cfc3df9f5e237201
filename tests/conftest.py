"""Makes TensorFlow, JAX and PyTorch comparable and quiet."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    # PyTorch has to be loaded before TensorFlow: both bring OpenMP.
    import torch  # noqa: F401
except ImportError:
    pass


def pytest_addoption(parser):
    parser.addoption(
        "--kills",
        type=int,
        default=1,
        metavar="N",
        help="how often test_kill.py kills its run",
    )
