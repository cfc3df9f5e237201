"""Prediction of a source to files: drawings and JSON."""

import contextlib
import pathlib
import sys

import cv2
from tqdm import tqdm

from keras_drsi.errors import InputError
from keras_drsi.files.image_file import write_image
from keras_drsi.files.json_file import write_json
from keras_drsi.files.new_file import new_file
from keras_drsi.files.output_folder import new_output_folder
from keras_drsi.progress_bar import progress_bar

FOURCC = "mp4v"


def predict_files(predictor, source, out, **drawing):
    """Predicts a source and writes the drawings and `poses.json`.

    Args:
        predictor: `PosePredictor`.
        source: path of an image, folder or video, or the index of a camera,
            which is stopped with Ctrl-C.
        out: path of the new folder. The drawing of an image keeps the name of
            the image, as a JPEG file; that of a video is `poses.mp4`.
        **drawing: options of `draw_poses`.

    Returns:
        Tuple of the number of images and the number of poses.

    Raises:
        InputError: if the source cannot be read, or `out` is not a new or
            empty folder.
    """
    from keras_drsi.inference.prefetch import prefetch
    from keras_drsi.inference.sources import Video, open_source

    source = open_source(source)
    out = new_output_folder(out)
    if isinstance(source, Video):
        writer = video_writer(out / "poses.mp4", source.frames_per_second)
    else:
        writer = image_writer(out)
    poses = []
    with (
        writer as write,
        progress_bar(total=len(source) or None, desc="predict") as bar,
    ):
        try:
            # Predicts the next image while this one is drawn.
            for result in prefetch(predictor.stream(source, report)):
                write(result.plot(**drawing), result.name)
                poses.append(result.to_json())
                bar.update()
        except KeyboardInterrupt:
            report(f"interrupted: writing the poses so far to {out}")
    if not poses:
        raise InputError(f"{out}: expected at least one image, got none.")
    write_json(poses, out / "poses.json")
    return len(poses), sum(len(image["poses"]) for image in poses)


def report(line):
    """Prints a line to stderr above the progress bar."""
    tqdm.write(line, file=sys.stderr)


@contextlib.contextmanager
def image_writer(folder):
    """Context manager that writes images as JPEG files.

    Args:
        folder: path of the folder.

    Yields:
        Function `write(image, name)` of a uint8 RGB array of shape (height,
        width, 3) and the name of its source file.
    """
    taken = set()

    def write(image, name):
        stem = _unique_name(pathlib.Path(name).stem, taken)
        write_image(image, folder / f"{stem}.jpg")

    yield write


@contextlib.contextmanager
def video_writer(path, frames_per_second):
    """Context manager that writes images of one size to an MP4 file.

    Args:
        path: path of the file. It is written atomically.
        frames_per_second: float.

    Yields:
        Function `write(image, name)` of a uint8 RGB array of shape (height,
        width, 3) and a name, which is ignored.
    """
    with new_file(path) as unfinished:
        video = cv2.VideoWriter()

        def write(image, name):
            if not video.isOpened():
                height, width = image.shape[:2]
                video.open(
                    str(unfinished),
                    cv2.VideoWriter.fourcc(*FOURCC),
                    frames_per_second,
                    (width, height),
                )
            if not video.isOpened():
                raise InputError(f"{path}: cannot be written as {FOURCC}.")
            video.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

        yield write
        if not video.isOpened():
            raise InputError(f"{path}: expected at least one frame, got none.")
        video.release()


def _unique_name(stem, taken):
    """Appends -2, -3, ... to a stem that is taken."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name
