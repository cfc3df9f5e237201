"""A second network with the average of the weights over the training."""

import math

import keras

from keras_drsi.optimizers.moving_average import MovingAverage


def averaged(model, average):
    """The network of a `WeightAverage`; without one, that in training."""
    return trained_network(model) if average is None else average.network


def trained_network(model):
    """The network to keep of a model in training, mostly the model itself.

    `HeatmapSupervision` trains a network with parts around it that nobody
    needs afterwards.
    """
    return getattr(model, "network", model)


class WeightAverage(keras.callbacks.Callback):
    """Exponential average of weights and moving statistics, with a ramp.

    After update n, each number of `network` has moved towards that of the
    trained model by the share `1 - decay * (1 - exp(-n / ramp))`: at first it
    follows closely, later it averages over `1 / (1 - decay)` updates. Other
    than Keras' `use_ema`, it averages the statistics of batch norms, too, so
    that they fit the weights beside them.

    `network` is a model like any other: evaluate it, predict with it, save it.

    Args:
        decay: the share that remains, once the ramp is passed.
        ramp: number of updates after which 63 % of the decay is reached.
        every: batches from one update to the next; with gradients
            accumulated over several batches, their number.

    Example:

    >>> average = WeightAverage()
    >>> model.fit(batches, callbacks=[average])
    >>> average.network.save("averaged.keras")

    Reference:
        The recipe of YOLO-Pose, which the paper follows.
    """

    def __init__(self, decay=0.9999, ramp=2000, every=1):
        super().__init__()
        self.decay = decay
        self.ramp = ramp
        self.every = every
        self.updates = 0
        self.network = None
        self._average = None
        self._batches = 0

    def set_model(self, model):
        super().set_model(model)
        if self.network is None:
            source = trained_network(model)
            self.network = type(source).from_config(source.get_config())
            self.network.set_weights(source.get_weights())

    def on_train_batch_end(self, batch, logs=None):
        self._batches += 1
        if self._batches % self.every:
            return
        if keras.backend.backend() == "jax":
            # fit keeps the weights to itself during an epoch.
            self.model.jax_state_sync()
        self.updates += 1
        moved = 1 - self.decay * (1 - math.exp(-self.updates / self.ramp))
        if self._average is None:
            self._average = MovingAverage(
                self.network.weights, trained_network(self.model).weights
            )
        self._average.update(moved)

    def get_state(self):
        return {"updates": self.updates, "batches": self._batches}

    def set_state(self, state):
        self.updates = state["updates"]
        self._batches = state["batches"]
