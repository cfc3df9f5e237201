"""Where XLA needs to be told how to convolve: on a CPU."""

import keras


def runs_on_xla_cpu():
    """Whether JAX is the backend and a CPU its device."""
    if keras.backend.backend() != "jax":
        return False
    import jax

    return jax.default_backend() == "cpu"
