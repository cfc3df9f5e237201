"""Depthwise convolution for XLA on a CPU, with its gradients."""

import functools


def depthwise_shifted_sum(x, kernel):
    """Depthwise convolution of stride 1 as a sum of shifted products.

    XLA runs its own depthwise convolution on a CPU 20 to 50 times slower
    than this. One row of the kernel is unrolled and the rows are scanned, so
    that a 7x7 kernel compiles as fast as a 1x7.

    Args:
        x: (B, H, W, C) JAX array.
        kernel: (k, k, C) JAX array with odd k.

    Returns:
        (B, H, W, C), padded with zeros.
    """
    return _with_gradients()(x, kernel)


@functools.cache
def _with_gradients():
    # JAX is imported only where it is the backend.
    import jax

    convolve = jax.custom_vjp(_convolve)
    convolve.defvjp(
        lambda x, kernel: (_convolve(x, kernel), (x, kernel)), _gradients
    )
    return convolve


def _convolve(x, kernel):
    from jax import lax
    from jax import numpy as jnp

    width = x.shape[2]

    def add_row(total, row):
        shifted, weights = row
        for left, weight in enumerate(weights):
            total = total + shifted[:, :, left : left + width] * weight
        return total, None

    rows = (_shifted_rows(x, len(kernel)), kernel)
    return lax.scan(add_row, jnp.zeros_like(x), rows)[0]


def _gradients(saved, gradient):
    from jax import lax
    from jax import numpy as jnp

    x, kernel = saved
    side, width = len(kernel), x.shape[2]

    def row_of_kernel(_, shifted):
        windows = (shifted[:, :, left : left + width] for left in range(side))
        return None, jnp.stack(
            [jnp.sum(window * gradient, axis=(0, 1, 2)) for window in windows]
        )

    _, kernel_gradient = lax.scan(row_of_kernel, None, _shifted_rows(x, side))
    # The adjoint of a correlation is the one with the mirrored kernel.
    return _convolve(gradient, kernel[::-1, ::-1]), kernel_gradient


def _shifted_rows(x, side):
    """(side, B, H, W + side - 1, C): the padded map, shifted row by row."""
    from jax import numpy as jnp

    height, margin = x.shape[1], side // 2
    x = jnp.pad(x, [(0, 0), (margin, margin), (margin, margin), (0, 0)])
    return jnp.stack([x[:, top : top + height] for top in range(side)])
