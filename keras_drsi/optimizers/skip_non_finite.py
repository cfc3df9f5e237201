"""No step where a gradient is not finite."""

import keras
from keras import ops

NEVER = 2**31 - 1


@keras.saving.register_keras_serializable(package="keras_drsi")
class SkipNonFinite(keras.optimizers.LossScaleOptimizer):
    """Makes no step where a gradient is NaN or infinite, however many.

    Keras' `LossScaleOptimizer` does so too, but halves its scale each time;
    where it never grows, some hundred such batches in a training of a
    million leave a scale of 0, and the next good step divides by it. Here
    the scale does not fall below 1.

    Args:
        inner_optimizer: Keras optimizer that makes the steps.
        initial_scale: factor on the loss; 1 for what needs none, which is
            all but float16.
        dynamic_growth_steps: steps in a row after which the scale doubles;
            by default it stays.
        name: string.

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

    def _stateful_handle_non_finite_grads(self):
        self.step_counter.assign(0)
        self.dynamic_scale.assign(ops.maximum(self.dynamic_scale * 0.5, 1.0))

    def _stateless_handle_non_finite_grads(
        self, optimizer_variables, trainable_variables
    ):
        mapping = list(zip(self.variables, optimizer_variables))
        with keras.StatelessScope(state_mapping=mapping) as scope:
            self._stateful_handle_non_finite_grads()
        return trainable_variables, [
            scope.get_current_value(variable) for variable in self.variables
        ]
