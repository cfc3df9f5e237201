"""An exported network in Keras' place, to evaluate what will be deployed."""

import pathlib

import numpy as np

from keras_drsi.checkpoints.tensor_file import parse_or_raise
from keras_drsi.errors import InputError
from keras_drsi.formats.registry import FORMATS, format_of
from keras_drsi.keypoints import KeypointSchema


class ExportedModel:
    """A file of `drsi export`, run by the tool it is for.

    Args:
        path: of the file or folder, with decoding inside (`--poses`).

    Attributes:
        path: `pathlib.Path` of the file or folder.
        input_size: (height, width) of the images.
        input_type: `"float32"` or `"uint8"`.
        batch_size: of the images, or None for any.
        keypoints: `KeypointSchema`.
        data_format: `"channels_last"`, as of every exported network.

    Raises:
        InputError: if it is none, or gives raw head maps.
    """

    data_format = "channels_last"

    def __init__(self, path):
        self.path = path = pathlib.Path(path)
        name = format_of(path)
        target = FORMATS[name]
        target.check_can_read(name)
        about = parse_or_raise(path, lambda: target.metadata(path))
        if not about["poses"]:
            raise InputError(
                f"{path}: expected decoding inside (export --poses), got raw "
                "head maps."
            )
        self._call = parse_or_raise(path, lambda: target.load(path))
        self.batch_size = about["input"]["batch_size"]
        self.input_type = about["input"]["type"]
        self.input_size = tuple(about["input"]["height_width"])
        self.keypoints = KeypointSchema(
            names=about["keypoints"],
            sigmas=about["sigmas"],
            swap_pairs=about["swap_pairs"],
            skeleton=about["skeleton"],
        )

    def predict_on_batch(self, images):
        """Poses in a batch of images, as `DRSINet.predict_on_batch`."""
        size = self.batch_size or len(images)
        missing = -len(images) % size
        padding = [(0, missing), (0, 0), (0, 0), (0, 0)]
        images = np.pad(np.asarray(images, self.input_type), padding)
        parts = [
            self._call(images[start : start + size])
            for start in range(0, len(images), size)
        ]
        whole = len(images) - missing
        return {
            name: np.concatenate([part[name] for part in parts])[:whole]
            for name in parts[0]
        }
