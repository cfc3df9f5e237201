"""Poses in images of any size, from any source."""

import itertools
import os
import warnings

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.geometry.letterbox import Letterbox
from keras_drsi.inference.pose_result import PoseResult
from keras_drsi.inference.prefetch import prefetch
from keras_drsi.inference.sources import open_source
from keras_drsi.inference.to_data_format import to_data_format
from keras_drsi.models.flip_tta import FlipTTA


class PosePredictor:
    """Finds poses in photos, folders, videos and arrays.

    Every image is scaled into the network's input with padding at the bottom
    and at the right, and its poses come back in its own pixels. The network,
    fused as it is when the predictor is made, always gets batches of one
    shape, so that it is compiled once.

    Args:
        model: `DRSINet`, or the path of a file with one, see
            `load_trained_model`.
        score_threshold: poses of a lower score are left out.
        flip_test: whether to predict from each image and its mirror image
            together, for twice the time.
        batch_size: images at a time. One is best for latency, and hardly
            slower than more on a CPU.

    Raises:
        InputError: if there is no such file, or no `DRSINet` in it.

    Example:

    >>> predictor = PosePredictor("model.keras")
    >>> result = predictor.predict("photo.jpg")[0]
    >>> result.keypoint("nose")  # (P, 3): x, y, confidence
    >>> picture = result.plot()
    >>> for result in predictor.stream("video.mp4"):
    ...     print(len(result))
    """

    def __init__(
        self, model, score_threshold=0.3, flip_test=False, batch_size=1
    ):
        if isinstance(model, (str, os.PathLike)):
            from keras_drsi.checkpoints import load_trained_model

            model = load_trained_model(model)
        if not 0 <= score_threshold <= 1:
            raise InputError(
                f"score_threshold: expected 0 to 1, got {score_threshold}."
            )
        if batch_size < 1:
            raise InputError(f"batch_size: expected >= 1, got {batch_size}.")
        self.model = model
        self.score_threshold = score_threshold
        self.batch_size = batch_size
        network = model.fold()
        self._network = FlipTTA(network) if flip_test else network

    def predict(self, source, on_unreadable=warnings.warn):
        """The poses in every image of a source; see `stream` for the Args.

        Returns:
            list of `PoseResult`.
        """
        return list(self.stream(source, on_unreadable))

    def stream(self, source, on_unreadable=warnings.warn):
        """The poses in one image after the other.

        Args:
            source: an image, (height, width, 3) uint8 RGB; several of one
                size; the path of a photo, of a folder or of a video; the
                number of a camera; a list of images or of paths; or what
                `open_source` made of one of these.
            on_unreadable: called with one line for each file that cannot be
                read, which is then skipped.

        Yields:
            `PoseResult`, in the order of the source.

        Raises:
            InputError: if there is no such source, or its only photo cannot
                be read.
        """
        if not hasattr(source, "frames"):
            source = open_source(source)
        # The next images are read while the network is at work.
        frames = prefetch(source.frames(on_unreadable), self.batch_size + 1)
        while batch := list(itertools.islice(frames, self.batch_size)):
            yield from self._results(batch)

    def _results(self, frames):
        """`PoseResult` of up to `batch_size` frames."""
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
        places = letterbox.invert_points(keypoints[..., :2])
        return PoseResult(
            image=frame.image,
            name=frame.name,
            boxes=letterbox.invert_boxes(poses["boxes"][kept]).astype("f"),
            scores=poses["scores"][kept],
            keypoints=np.concatenate(
                [places, keypoints[..., 2:]], axis=-1
            ).astype("float32"),
            schema=self.model.keypoints,
        )
