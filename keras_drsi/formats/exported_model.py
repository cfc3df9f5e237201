"""An exported model with the interface of a Keras model."""

import pathlib

import numpy as np

from keras_drsi.checkpoints.tensor_file import parse_or_raise
from keras_drsi.errors import InputError
from keras_drsi.formats.registry import FORMATS, format_of
from keras_drsi.keypoints import KeypointSchema


class ExportedModel:
    """An exported model, run by the runtime of its format.

    Can be used in place of a `DRSINet` for evaluation and inference.

    Args:
        path: path of the file or folder, exported with `poses=True`.

    Attributes:
        path: `pathlib.Path` of the file or folder.
        input_size: tuple (height, width) of the images in pixels.
        input_type: string, dtype of the images, `"float32"` or `"uint8"`.
        batch_size: integer, or None if it is dynamic.
        keypoints: `KeypointSchema`.
        data_format: `"channels_last"`, as for all exported models.

    Raises:
        InputError: if the path is not an exported model, or its outputs are
            raw head maps.
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
                f"{path}: expected a model exported with decoding inside "
                "(poses=True, or drsi export --poses), got raw head maps."
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
        """Predicts the poses in a batch of images.

        Args:
            images: array of shape (N, height, width, 3), RGB in [0, 255]. Any
                N is allowed: a fixed batch size is padded.

        Returns:
            Dict of arrays, as from `DRSINet.predict_on_batch`.
        """
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
