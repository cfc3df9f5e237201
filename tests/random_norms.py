"""Networks whose outputs differ from place to place."""

import keras
import numpy as np

from keras_drsi.models.drsi_net import DRSINet


def random_network(**config):
    """`drsi_net_n`, the same in every run, with random batch norms."""
    keras.utils.set_random_seed(0)
    network = DRSINet.from_preset("drsi_net_n", **config)
    randomize_norms(network, np.random.default_rng(0))
    return network


def randomize_norms(model, rng):
    """Gives every batch norm random numbers; fresh ones let maps fade."""
    for weight in model.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(rng.uniform(0.5, 2, weight.shape))
        elif weight.path.endswith(("beta", "moving_mean")):
            weight.assign(rng.normal(size=weight.shape))
