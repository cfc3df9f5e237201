import keras
import numpy as np
import pytest

from keras_drsi.layers.kernels.xla_cpu_conv import convolve_on_xla_cpu
from tests.layer_checks import random_map

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="XLA on a CPU: JAX only"
)


@pytest.mark.parametrize("side", [1, 3, 7])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(2, 9, 10), (1, 1, 2)])
def test_value_and_gradients_equal_the_library(side, stride, shape):
    import jax
    from jax import numpy as jnp

    x = random_map(*shape, 6)
    kernel = random_map(side, side, 6, 5, seed=1)

    def library(x, kernel, stride):
        return jax.lax.conv_general_dilated(
            x,
            kernel,
            window_strides=(stride, stride),
            padding=[(side // 2, side // 2)] * 2,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )

    expected = library(x, kernel, stride)
    np.testing.assert_allclose(
        convolve_on_xla_cpu(x, kernel, stride), expected, atol=1e-4
    )
    factor = random_map(*expected.shape, seed=2)
    ours, theirs = (
        jax.jit(
            jax.grad(
                lambda x, kernel: jnp.sum(function(x, kernel, stride) * factor),
                argnums=(0, 1),
            )
        )(x, kernel)
        for function in (convolve_on_xla_cpu, library)
    )
    for gradient, reference in zip(ours, theirs):
        np.testing.assert_allclose(gradient, reference, rtol=1e-4, atol=1e-4)


def test_half_precision_adds_up_in_float32():
    import jax
    from jax import numpy as jnp

    x = jnp.ones((2, 32, 32, 1), "bfloat16")
    kernel = jnp.ones((3, 3, 1, 1), "bfloat16")
    gradient = jax.grad(
        lambda kernel: jnp.sum(
            convolve_on_xla_cpu(x, kernel, 1), dtype="float32"
        )
    )(kernel)
    assert gradient.dtype == "bfloat16"
    # In bfloat16 a sum of ones would stop at 256.
    assert gradient[1, 1, 0, 0] == 2 * 32 * 32
