"""Optimizer wrapper that skips steps with non-finite gradients."""

import keras
from keras import ops

from keras_drsi.keras_internals import LossScaleHook

NEVER = 2**31 - 1


@keras.saving.register_keras_serializable(package="keras_drsi")
class SkipNonFinite(LossScaleHook):
    """Skips every step whose gradients contain a NaN or an infinity.

    `keras.optimizers.LossScaleOptimizer` does so too, but halves its scale
    each time. Where the scale never grows again, some hundred such batches in
    a training of a million leave a scale of 0, and the next valid step divides
    by it. Here the scale does not fall below 1.

    Args:
        inner_optimizer: Keras optimizer that makes the steps.
        initial_scale: Float, factor on the loss. Defaults to `1.0`, which is
            right for every precision but float16.
        dynamic_growth_steps: Integer, number of consecutive steps after which
            the scale doubles. By default it never does.
        name: String, name of the optimizer.
        **kwargs: Arguments of `keras.optimizers.LossScaleOptimizer`.

    Example:

    >>> model.compile(SkipNonFinite(keras.optimizers.AdamW(1e-3)))
    """

    def __init__(
        self,
        inner_optimizer,
        initial_scale=1.0,
        dynamic_growth_steps=NEVER,
        name=None,
        **kwargs,
    ):
        super().__init__(
            inner_optimizer, initial_scale, dynamic_growth_steps, name, **kwargs
        )

    def on_non_finite(self):
        self.step_counter.assign(0)
        self.dynamic_scale.assign(ops.maximum(self.dynamic_scale * 0.5, 1.0))
