"""Conversion of PyTorch YOLO-Pose checkpoints to Keras files."""

import pathlib

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import check_is_new, new_file

SUFFIXES = (".keras", ".weights.h5")


def convert(checkpoint, out, input_size=640):
    """Converts a YOLO-Pose checkpoint to a Keras file.

    Args:
        checkpoint: path of the checkpoint, see `load_yolo_pose`.
        out: path of the new file, ending in `.keras` (the model with its
            anchors) or `.weights.h5` (the weights only).
        input_size: integer, side of the square input in pixels, a multiple of
            64. Defaults to 640.

    Returns:
        `DRSINet`, the converted model.

    Raises:
        InputError: if `out` exists, has another suffix or cannot be written,
            or the checkpoint is not a YOLO-Pose network.
    """
    out = pathlib.Path(out)
    if not out.name.endswith(SUFFIXES) or out.name in SUFFIXES:
        raise InputError(
            f"{out}: expected a file name ending in {' or '.join(SUFFIXES)}."
        )
    check_is_new(out)
    from keras_drsi.checkpoints import load_yolo_pose

    model = load_yolo_pose(checkpoint, input_size)
    save = model.save if out.suffix == ".keras" else model.save_weights
    with new_file(out) as unfinished:
        save(unfinished)
    return model
