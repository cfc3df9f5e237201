"""Optimizers that Keras does not have."""

from keras_drsi.optimizers.skip_non_finite import SkipNonFinite
from keras_drsi.optimizers.warmup_sgd import WarmupSGD
