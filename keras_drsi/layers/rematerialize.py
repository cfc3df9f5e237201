"""Rematerialization of activations in the backward pass."""

import keras


def rematerialized(layer, x):
    """Runs a layer in training without storing its activations.

    The backward pass computes them again, which takes less memory and more
    time. `keras.RematScope` would also repeat the update of the moving
    averages of batch norms; here the repeated part is a pure function and the
    averages are updated once.

    Args:
        layer: Built layer.
        x: Input tensor.

    Returns:
        Output tensor.
    """
    variables = layer.variables
    averages = layer.non_trainable_variables

    def forward(x, *values):
        mapping = list(zip(variables, values))
        with keras.StatelessScope(mapping) as scope:
            outputs = layer(x, training=True)
            return outputs, *map(scope.get_current_value, averages)

    outputs, *updated = keras.remat(forward)(
        # Copied, as the averages change before the backward pass.
        x,
        *(keras.ops.copy(variable) for variable in variables),
    )
    for variable, value in zip(averages, updated):
        variable.assign(value)
    return outputs
