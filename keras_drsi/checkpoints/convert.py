"""Checkpoints of PyTorch YOLO-Pose as Keras files."""

import pathlib

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import check_is_new, new_file

SUFFIXES = (".keras", ".weights.h5")


def convert(checkpoint, out, input_size=640):
    """Reads a checkpoint and writes a file that does not exist yet.

    Args:
        checkpoint: see `load_yolo_pose`.
        out: path ending in `.keras` (the whole model, with its anchors) or
            `.weights.h5` (numbers only).
        input_size: side of the square input in pixels, a multiple of 64.

    Returns:
        `DRSINet`.

    Raises:
        InputError: if `out` exists, has another ending or cannot be written,
            or the checkpoint is no YOLO-Pose network.
    """
    out = pathlib.Path(out)
    if not out.name.endswith(SUFFIXES) or out.name in SUFFIXES:
        raise InputError(
            f"{out}: expected a name ending in {' or '.join(SUFFIXES)}."
        )
    check_is_new(out)
    from keras_drsi.checkpoints import load_yolo_pose

    model = load_yolo_pose(checkpoint, input_size)
    save = model.save if out.suffix == ".keras" else model.save_weights
    with new_file(out) as unfinished:
        save(unfinished)
    return model
