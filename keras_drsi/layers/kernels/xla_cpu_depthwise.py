"""Depthwise convolution for XLA on a CPU, with its gradients."""

import functools

# Terms that one fused sum of the kernel's gradient has at most: more leave the
# cache, fewer take more turns.
MAX_TERMS = 20


def convolve_depthwise_on_xla_cpu(x, kernel):
    """Depthwise convolution of stride 1 as a sum of shifted products.

    XLA runs its own depthwise convolution on a CPU 20 to 50 times slower
    than this sum, which it fuses into one pass over the map.

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
    _, height, width, _ = x.shape
    padded = _pad(x, len(kernel))
    return sum(
        padded[:, top : top + height, left : left + width] * weight
        for top, row in enumerate(kernel)
        for left, weight in enumerate(row)
    )


def _gradients(saved, gradient):
    x, kernel = saved
    return (
        # The adjoint of a correlation is the one with the mirrored kernel.
        _convolve(gradient, kernel[::-1, ::-1]),
        _kernel_gradient(x, gradient, len(kernel)),
    )


def _kernel_gradient(x, gradient, side):
    """(k, k, C), summed over the map in pieces of a row.

    A piece of the gradient meets k rows of the map. For one of its positions
    all k x k products are one window of those rows times one vector, so that
    the sum over the piece is a fused sum of shifted windows.
    """
    from jax import lax
    from jax import numpy as jnp

    batch, height, width, channels = x.shape
    length = max(n for n in range(1, MAX_TERMS + 1) if width % n == 0)
    padded = _pad(x, side)

    def add_piece(total, place):
        rows = lax.dynamic_slice(
            padded, (*place, 0), (1, side, length + side - 1, channels)
        )
        piece = lax.dynamic_slice(
            gradient, (*place, 0), (1, 1, length, channels)
        )
        # Slices that are not copied first are cut anew for every term.
        rows, piece = lax.optimization_barrier((rows[0], piece[0]))
        return total + sum(
            rows[:, left : left + side] * piece[:, left : left + 1]
            for left in range(length)
        ), None

    lefts = range(0, width, length)
    places = jnp.stack(
        jnp.meshgrid(*map(jnp.arange, (batch, height)), jnp.array(lefts)), -1
    ).reshape(-1, 3)
    precision = jnp.promote_types(x.dtype, "float32")
    total = jnp.zeros((side, side, channels), precision)
    return lax.scan(add_piece, total, places)[0].astype(x.dtype)


def _pad(x, side):
    from jax import numpy as jnp

    margin = side // 2
    return jnp.pad(x, [(0, 0), (margin, margin), (margin, margin), (0, 0)])
