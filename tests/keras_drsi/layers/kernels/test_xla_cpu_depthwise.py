import keras
import numpy as np
import pytest

from keras_drsi.layers.kernels.xla_cpu_depthwise import (
    convolve_depthwise_on_xla_cpu,
)
from tests.layer_checks import random_map

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="XLA on a CPU: JAX only"
)


@pytest.mark.parametrize("side", [3, 7])
@pytest.mark.parametrize(
    "shape", [(2, 9, 10, 6), (1, 1, 2, 3), (1, 2, 23, 2), (2, 3, 60, 4)]
)
def test_value_and_gradients_equal_the_library(side, shape):
    import jax
    from jax import numpy as jnp

    x, factor = random_map(*shape), random_map(*shape, seed=2)
    kernel = random_map(side, side, shape[-1], seed=1)

    def library(x, kernel):
        return jax.lax.conv_general_dilated(
            x,
            kernel[:, :, None],
            window_strides=(1, 1),
            padding="SAME",
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=shape[-1],
        )

    results = [
        jax.jit(
            jax.value_and_grad(
                lambda x, kernel: jnp.sum(function(x, kernel) * factor),
                argnums=(0, 1),
            )
        )(x, kernel)
        for function in (convolve_depthwise_on_xla_cpu, library)
    ]
    np.testing.assert_allclose(
        convolve_depthwise_on_xla_cpu(x, kernel), library(x, kernel), atol=1e-4
    )
    for ours, theirs in zip(*map(jax.tree.leaves, results)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
