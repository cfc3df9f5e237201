"""Pose prediction for images of any size, from any source."""

import itertools
import os
import warnings

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.formats import ExportedModel, is_exported
from keras_drsi.geometry.letterbox import Letterbox
from keras_drsi.inference.pose_result import PoseResult
from keras_drsi.inference.prefetch import prefetch
from keras_drsi.inference.sources import open_source
from keras_drsi.inference.to_data_format import to_data_format


class PosePredictor:
    """Predicts poses in images, folders, videos and arrays.

    Every image is letterboxed to the input size of the model, and its poses
    are mapped back to its own pixels. The model is fused for inference when
    the predictor is created, and always gets batches of the same shape, so it
    is compiled only once.

    An exported network runs without Keras: an ONNX file needs NumPy, OpenCV
    and ONNX Runtime alone.

    Args:
        model: `DRSINet`, the path of a trained model (see
            `load_trained_model`), or a model exported with `poses=True`, as an
            `ExportedModel` or its path.
        score_threshold: float in [0, 1]. Poses with a lower score are dropped.
            Defaults to 0.3.
        flip_test: boolean, whether to average the predictions for each image
            and its horizontal flip (test-time augmentation), which takes twice
            the time. Not supported for exported models, which include
            decoding. Defaults to `False`.
        batch_size: integer, number of images per batch. Defaults to 1, which
            minimizes latency; larger batches are hardly faster on a CPU.

    Raises:
        InputError: if the file does not exist or is not a `DRSINet`, or if an
            argument is out of range.

    Example:

    >>> predictor = PosePredictor("model.keras")
    >>> result = predictor.predict("image.jpg")[0]
    >>> result.keypoint("nose")  # (P, 3): x, y, confidence
    >>> drawing = result.plot()
    >>> for result in predictor.stream("video.mp4"):
    ...     print(len(result))
    """

    def __init__(
        self, model, score_threshold=0.3, flip_test=False, batch_size=1
    ):
        if isinstance(model, (str, os.PathLike)):
            model = _read_network(model)
        if not 0 <= score_threshold <= 1:
            raise InputError(
                f"score_threshold: expected 0..1, got {score_threshold}."
            )
        if batch_size < 1:
            raise InputError(f"batch_size: expected >= 1, got {batch_size}.")
        self.model = model
        self.score_threshold = score_threshold
        self.batch_size = batch_size
        self._network = _for_inference(model, flip_test)

    def predict(self, source, on_unreadable=warnings.warn):
        """Predicts the poses in all images of a source.

        Args:
            source: see `stream`.
            on_unreadable: see `stream`.

        Returns:
            List of `PoseResult`, one per image.
        """
        return list(self.stream(source, on_unreadable))

    def stream(self, source, on_unreadable=warnings.warn):
        """Predicts the poses in the images of a source, one by one.

        Args:
            source: a uint8 RGB image of shape (height, width, 3), a batch of
                shape (N, height, width, 3), the path of an image, folder or
                video, the index of a camera, a list of images or paths, or a
                source returned by `open_source`.
            on_unreadable: function called with a one-line message for each
                unreadable file, which is skipped. Defaults to
                `warnings.warn`.

        Yields:
            `PoseResult` of each image, in the order of the source.

        Raises:
            InputError: if the source does not exist, or consists of a single
                image that cannot be read.
        """
        if not hasattr(source, "frames"):
            source = open_source(source)
        # Reads the next images while the model runs.
        frames = prefetch(source.frames(on_unreadable), self.batch_size + 1)
        while batch := list(itertools.islice(frames, self.batch_size)):
            yield from self._results(batch)

    def _results(self, frames):
        """Predicts up to `batch_size` frames in one padded batch."""
        letterboxes = [
            Letterbox(
                frame.image.shape[1],
                frame.image.shape[0],
                tuple(self.model.input_size),
            )
            for frame in frames
        ]
        images = np.zeros((self.batch_size, *self.model.input_size, 3), "uint8")
        for row, (frame, letterbox) in enumerate(zip(frames, letterboxes)):
            images[row] = letterbox.apply_image(frame.image)
        images = to_data_format(images, self.model.data_format)
        poses = {
            name: np.asarray(values)
            for name, values in self._network.predict_on_batch(images).items()
        }
        for row, (frame, letterbox) in enumerate(zip(frames, letterboxes)):
            yield self._result(
                frame, letterbox, {name: v[row] for name, v in poses.items()}
            )

    def _result(self, frame, letterbox, poses):
        kept = np.arange(len(poses["scores"])) < poses["count"]
        kept &= poses["scores"] >= self.score_threshold
        keypoints = poses["keypoints"][kept]
        positions = letterbox.invert_points(keypoints[..., :2])
        return PoseResult(
            image=frame.image,
            name=frame.name,
            boxes=letterbox.invert_boxes(poses["boxes"][kept]).astype("f"),
            scores=poses["scores"][kept],
            keypoints=np.concatenate(
                [positions, keypoints[..., 2:]], axis=-1
            ).astype("float32"),
            schema=self.model.keypoints,
        )


def _read_network(path):
    if is_exported(path):
        return ExportedModel(path)
    from keras_drsi.checkpoints import load_trained_model

    return load_trained_model(path)


def _for_inference(model, flip_test):
    if isinstance(model, ExportedModel):
        if flip_test:
            raise InputError(
                "flip_test: expected a Keras network, got the exported one in "
                f"{model.path}."
            )
        return model
    network = model.fold()
    if not flip_test:
        return network
    from keras_drsi.models.flip_tta import FlipTTA

    return FlipTTA(network)
