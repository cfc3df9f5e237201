"""What measures the product itself; not installed."""

import training  # noqa: F401  TensorFlow's environment, before it is loaded
