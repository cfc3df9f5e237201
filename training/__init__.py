"""The application: the command `drsi`, and what a training run is made of."""

import os

from training.quiet_tensorflow import quiet_tensorflow

# TensorFlow turns these kernels on by itself only where the CPU has AVX-512;
# with AVX2 a training step takes three quarters of the time with them.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# Its start-up messages would stand before the output of every command.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
quiet_tensorflow()
