"""Selection of rows, image by image."""

from keras import ops


def gather_rows(values, index):
    """Rows `index` (B, P) of `values` (B, N, ...), as (B, P, ...).

    One flat `take`: `take_along_axis` would need an index per number.
    """
    batch, rows = ops.shape(values)[:2]
    first = ops.arange(batch, dtype="int32") * rows
    flat = ops.reshape(values, (-1, *values.shape[2:]))
    return ops.take(flat, ops.cast(index, "int32") + first[:, None], axis=0)
