"""Many variables moved towards others in one call."""

import keras
from keras import ops


class MovingAverage:
    """Exponential moving average of variables, updated as one program.

    One by one, the variables of a network take longer than all arithmetic of
    the update: some 600 eager operations after every training step.

    Args:
        averages: list of float `keras.Variable`, moved in place.
        variables: list of as many, of the same shapes.

    Example:

    >>> copy = keras.models.clone_model(model)
    >>> average = MovingAverage(copy.weights, model.weights)
    >>> average.update(0.001)
    """

    def __init__(self, averages, variables):
        self.averages = list(averages)
        self.variables = list(variables)
        make_update = {
            "tensorflow": _tensorflow_update,
            "jax": _jax_update,
            "torch": _torch_update,
        }[keras.backend.backend()]
        self._update = make_update(self.averages, self.variables)

    def update(self, share):
        """Moves every average towards its variable.

        Args:
            share: float in 0..1, the part of the difference.
        """
        self._update(share)


def _tensorflow_update(averages, variables):
    import tensorflow as tf

    @tf.function(jit_compile=False)
    def update(share):
        for average, variable in zip(averages, variables):
            value = ops.convert_to_tensor(average)
            average.assign(value + share * (variable - value))

    return lambda share: update(tf.constant(share, "float32"))


def _jax_update(averages, variables):
    import jax

    @jax.jit
    def moved(values, targets, share):
        return [v + share * (t - v) for v, t in zip(values, targets)]

    def update(share):
        values = [average.value for average in averages]
        targets = [variable.value for variable in variables]
        for average, value in zip(averages, moved(values, targets, share)):
            average.assign(value)

    return update


def _torch_update(averages, variables):
    from torch.optim.swa_utils import get_ema_multi_avg_fn

    def update(share):
        get_ema_multi_avg_fn(1 - share)(
            [average.value.data for average in averages],
            [variable.value.data for variable in variables],
            None,
        )

    return update
