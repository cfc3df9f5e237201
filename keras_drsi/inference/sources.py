"""Sources of images: arrays, files, folders, videos and cameras."""

import os
import pathlib
from typing import NamedTuple

import numpy as np

from keras_drsi.errors import InputError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v")


class Frame(NamedTuple):
    """A uint8 RGB image of shape (height, width, 3), and its name."""

    image: np.ndarray
    name: str


def open_source(source):
    """Opens a source of images.

    Args:
        source: a uint8 RGB image of shape (height, width, 3), a batch of shape
            (N, height, width, 3), the path of an image, of a folder of images
            or of a video, the index of a camera, or a list of images or of
            paths of images.

    Returns:
        `ImageArrays`, `ImageFiles` or `Video`. Their method
        `frames(on_unreadable)` yields each `Frame` in order; `len` is the
        expected number of frames, or 0 if it is unknown.

    Raises:
        InputError: if the source is empty, missing or of an unsupported type.
    """
    if isinstance(source, np.ndarray):
        return ImageArrays(source if source.ndim == 4 else [source])
    if isinstance(source, (list, tuple)):
        if source and all(isinstance(item, np.ndarray) for item in source):
            return ImageArrays(source)
        if source and all(isinstance(i, (str, os.PathLike)) for i in source):
            return ImageFiles(source)
        raise InputError(
            "source: expected a list of images or of paths, got "
            f"{[type(item).__name__ for item in source]}."
        )
    if isinstance(source, int):
        return Video(source)
    if not isinstance(source, (str, os.PathLike)):
        raise InputError(
            "source: expected an image, a path, a list of them or the index of "
            f"a camera, got {type(source).__name__}."
        )
    path = pathlib.Path(source)
    if os.path.isdir(path):  # `Path.is_dir` raises without permission
        return ImageFiles(_images_in(path))
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return Video(path)
    return ImageFiles([path])


class ImageArrays:
    """Images in memory, named by their index.

    Args:
        images: list of uint8 RGB arrays of shape (height, width, 3).

    Raises:
        InputError: if there are none, or one has another shape or dtype.
    """

    def __init__(self, images):
        if not len(images):
            raise InputError("source: expected images, got none.")
        for index, image in enumerate(images):
            if (
                image.ndim != 3
                or image.shape[2] != 3
                or image.dtype != np.uint8
                or not image.size
            ):
                raise InputError(
                    f"source: image {index}: expected uint8 of shape (height, "
                    f"width, 3), got {image.dtype} of shape {image.shape}."
                )
        self.images = images

    def __len__(self):
        return len(self.images)

    def frames(self, on_unreadable):
        for index, image in enumerate(self.images):
            yield Frame(image, str(index))


class ImageFiles:
    """Image files, rotated according to their EXIF orientation.

    Args:
        paths: list of paths.
    """

    def __init__(self, paths):
        self.paths = [pathlib.Path(path) for path in paths]

    def __len__(self):
        return len(self.paths)

    def frames(self, on_unreadable):
        from keras_drsi.files.image_file import read_image

        for path in self.paths:
            try:
                image = read_image(path)
            except InputError as error:
                if len(self) == 1:
                    raise
                on_unreadable(str(error))
                continue
            yield Frame(image, str(path))


class Video:
    """A video file, or a camera, which is read until it is disconnected.

    Args:
        source: path of the file, or integer index of the camera.

    Raises:
        InputError: if the file or camera cannot be opened.
    """

    def __init__(self, source):
        import cv2

        self.source = source
        self.capture = cv2.VideoCapture(
            source if isinstance(source, int) else str(source)
        )
        if not self.capture.isOpened():
            what = "a camera" if isinstance(source, int) else "a video"
            raise InputError(f"{source}: expected {what} that can be opened.")
        self.frames_per_second = self.capture.get(cv2.CAP_PROP_FPS) or 25.0
        self.frame_count = max(
            int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0
        )

    def __len__(self):
        return self.frame_count

    def frames(self, on_unreadable):
        import cv2

        number = 0
        try:
            while True:
                success, image = self.capture.read()
                if not success:
                    break
                rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                yield Frame(rgb, f"{self.source}#{number}")
                number += 1
        finally:
            self.capture.release()
        if number < self.frame_count:
            on_unreadable(
                f"{self.source}: expected {self.frame_count} frames, got "
                f"{number}."
            )


def _images_in(folder):
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES
    )
    if not paths:
        raise InputError(
            f"{folder}: expected images ({', '.join(IMAGE_SUFFIXES)}), got "
            "none."
        )
    return paths
