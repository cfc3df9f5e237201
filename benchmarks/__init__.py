"""Benchmarks of this package. Not installed."""

import training  # noqa: F401  TensorFlow's environment, before it is loaded
