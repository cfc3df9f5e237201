"""Activations computed twice instead of kept."""

import keras


def rematerialized(layer, x):
    """Runs a layer for training, its activations not kept for the gradient.

    The backward pass computes them again: less memory for more time. Keras'
    `RematScope` repeats all that a layer does, and so its batch norms' moving
    averages too; here the repeated part is a pure function and the averages
    move once.

    Args:
        layer: built layer.
        x: its input.

    Returns:
        The layer's output.
    """
    variables = layer.variables
    averages = layer.non_trainable_variables

    def forward(x, *values):
        mapping = list(zip(variables, values))
        with keras.StatelessScope(mapping) as scope:
            outputs = layer(x, training=True)
            return outputs, *map(scope.get_current_value, averages)

    outputs, *updated = keras.remat(forward)(
        # Copies: the averages change before the backward pass.
        x,
        *(keras.ops.copy(variable) for variable in variables),
    )
    for variable, value in zip(averages, updated):
        variable.assign(value)
    return outputs
