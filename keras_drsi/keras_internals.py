"""Everything that relies on private parts of Keras.

The upper bound on Keras in setup.cfg is the last version for which the tests
of this module pass; each of them names the assumption that it checks.
"""

import functools

import keras


def flatten_layers(model):
    """Lists a model and all layers within it, however deep.

    `Model.layers` ends at layers that hold other layers.

    Args:
        model: `keras.Model` or `keras.Layer`.

    Returns:
        List of layers, the model itself first.
    """
    return model._flatten_layers()


def child_layers(layer):
    """Lists the layers directly within a layer or model.

    Args:
        layer: `keras.Model` or `keras.Layer`.

    Returns:
        List of layers.
    """
    return layer._flatten_layers(include_self=False, recursive=False)


def variable_index(optimizer, variable):
    """The position of a variable in the list that an optimizer was built with.

    Args:
        optimizer: Built Keras optimizer.
        variable: One of its trainable variables, as passed to `update_step`.
    """
    return optimizer._get_variable_index(variable)


def batch_count(optimizer):
    """The number of batches that an optimizer has seen.

    `Optimizer.iterations` counts steps, which are fewer with
    `gradient_accumulation_steps`.

    Returns:
        Integer variable.
    """
    return optimizer._iterations


class LossScaleHook(keras.optimizers.LossScaleOptimizer):
    """`LossScaleOptimizer` whose reaction to a skipped step is a method.

    Subclasses implement `on_non_finite()`, which assigns to `step_counter`
    and `dynamic_scale`. It is called instead of a step for gradients that are
    not finite.
    """

    def on_non_finite(self):
        raise NotImplementedError

    def _stateful_handle_non_finite_grads(self):
        self.on_non_finite()

    # JAX calls this one, with the values of the variables.
    def _stateless_handle_non_finite_grads(
        self, optimizer_variables, trainable_variables
    ):
        mapping = list(zip(self.variables, optimizer_variables))
        with keras.StatelessScope(state_mapping=mapping) as scope:
            self.on_non_finite()
        return trainable_variables, [
            scope.get_current_value(variable) for variable in self.variables
        ]


# What TensorFlow's optimizers do differently under a distribution strategy.
STRATEGY_METHODS = (
    "_apply_weight_decay",
    "_backend_increment_gradient_accumulators",
    "_backend_update_step",
    "_overwrite_model_variables_with_average_value",
)


def ignore_strategy(optimizer):
    """Makes an optimizer step as if there were no `tf.distribute` strategy.

    Keras sums the gradients of the replicas where the step is made: after
    clipping, and, with gradient accumulation, in a branch where TensorFlow
    forbids it.

    Args:
        optimizer: Keras optimizer under TensorFlow, changed in place.
    """
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    for name in STRATEGY_METHODS:
        method = functools.partial(getattr(BaseOptimizer, name), optimizer)
        setattr(optimizer, name, method)
