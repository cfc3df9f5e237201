"""Compilation and gradients under whichever backend runs the tests."""

import keras
from keras import ops


def compiled(function, uses_xla=False):
    """Compiles `function` of nested arrays where the backend does.

    Args:
        function: from nested tensors to nested tensors.
        uses_xla: whether TensorFlow compiles it or runs it as a graph, which
            is ready sooner.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        run = tf.function(
            lambda *inputs: function(*inputs), jit_compile=uses_xla
        )
    elif backend == "jax":
        import jax

        run = jax.jit(function)
    else:
        run = function
    return lambda *inputs: to_numpy(run(*to_tensors(inputs)))


def value_and_gradient(function, uses_xla=False):
    """Returns a function that gives value and gradient as arrays.

    Args:
        function: from nested tensors, the first of which is differentiated,
            to a scalar.
        uses_xla: as for `compiled`.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        differentiate = _tensorflow_gradient(function, uses_xla)
    elif backend == "jax":
        import jax

        differentiate = jax.jit(jax.value_and_grad(function))
    else:
        differentiate = _torch_gradient(function)
    return lambda *inputs: to_numpy(differentiate(*to_tensors(inputs)))


def _tensorflow_gradient(function, uses_xla):
    import tensorflow as tf

    @tf.function(jit_compile=uses_xla)
    def differentiate(x, *rest):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(x, *rest)
        return value, tape.gradient(value, x, unconnected_gradients="zero")

    return differentiate


def _torch_gradient(function):
    import torch

    def differentiate(x, *rest):
        x = keras.tree.map_structure(lambda t: t.requires_grad_(), x)
        value = function(x, *rest)
        flat = torch.autograd.grad(
            value, keras.tree.flatten(x), materialize_grads=True
        )
        return value, keras.tree.pack_sequence_as(x, flat)

    return differentiate


def to_tensors(nested):
    return keras.tree.map_structure(ops.convert_to_tensor, nested)


def to_numpy(nested):
    return keras.tree.map_structure(ops.convert_to_numpy, nested)
