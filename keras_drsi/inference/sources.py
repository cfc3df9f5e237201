"""Where images come from: arrays, photos, folders, videos and cameras."""

import os
import pathlib
from typing import NamedTuple

import numpy as np

from keras_drsi.errors import InputError

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v")


class Frame(NamedTuple):
    """An image, (height, width, 3) uint8 RGB, and where it is from."""

    image: np.ndarray
    name: str


def open_source(source):
    """Finds out what kind of source something is.

    Args:
        source: an image, (height, width, 3) uint8 RGB; several of one size,
            (N, height, width, 3); the path of a photo, of a folder of photos
            or of a video; the number of a camera; or a list of images or of
            the paths of photos.

    Returns:
        `Images`, `Photos` or `Video`. Their `frames(on_unreadable)` gives
        `Frame`s in order; `len` is the number of images expected, 0 if that
        is not known.

    Raises:
        InputError: if there is nothing, or nothing that is known.
    """
    if isinstance(source, np.ndarray):
        return Images(source if source.ndim == 4 else [source])
    if isinstance(source, (list, tuple)):
        if source and all(isinstance(item, np.ndarray) for item in source):
            return Images(source)
        if source and all(isinstance(i, (str, os.PathLike)) for i in source):
            return Photos(source)
        raise InputError(
            "source: expected a list of images or of paths, got "
            f"{[type(item).__name__ for item in source]}."
        )
    if isinstance(source, int):
        return Video(source)
    if not isinstance(source, (str, os.PathLike)):
        raise InputError(
            "source: expected an image, a path, a list of them or the number "
            f"of a camera, got {type(source).__name__}."
        )
    path = pathlib.Path(source)
    if os.path.isdir(path):  # of a forbidden folder, `is_dir` raises
        return Photos(_photos_in(path))
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return Video(path)
    return Photos([path])


class Images:
    """Images in memory, named by their position.

    Args:
        images: list of (height, width, 3) uint8 RGB.

    Raises:
        InputError: for another shape or type.
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


class Photos:
    """Photos in files, upright as their EXIF entry says.

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
    """A video file, or what a camera sees until it is taken away.

    Args:
        source: path of the file, or number of the camera.

    Raises:
        InputError: if it cannot be opened.
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
                there, image = self.capture.read()
                if not there:
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


def _photos_in(folder):
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PHOTO_SUFFIXES
    )
    if not paths:
        raise InputError(
            f"{folder}: expected photos ({', '.join(PHOTO_SUFFIXES)}), found "
            "none."
        )
    return paths
