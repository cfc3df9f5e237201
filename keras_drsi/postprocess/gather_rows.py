"""Gather along the second axis, batch element by batch element."""

from keras import ops


def gather_rows(values, index):
    """Gathers rows of each batch element.

    Args:
        values: tensor of shape (B, N, ...).
        index: integer tensor of shape (B, P), indices into the N rows.

    Returns:
        Tensor of shape (B, P, ...).
    """
    # A flat `take`, because `take_along_axis` needs the index of every value.
    batch, rows = ops.shape(values)[:2]
    first = ops.arange(batch, dtype="int32") * rows
    flat = ops.reshape(values, (-1, *values.shape[2:]))
    return ops.take(flat, ops.cast(index, "int32") + first[:, None], axis=0)
