"""Poses in photos, folders and videos: drawn, and as JSON."""

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
    """Writes every image of a source with its poses, and `poses.json`.

    Args:
        predictor: `PosePredictor`.
        source: path of a photo, of a folder or of a video, or the number of
            a camera, which ends with Ctrl-C.
        out: path of the new folder. A photo's picture has the photo's name,
            a video's is `poses.mp4`.
        **drawing: further arguments of `draw_poses`.

    Returns:
        the number of images and the number of poses.

    Raises:
        InputError: if there is no such source, or the folder exists.
    """
    from keras_drsi.inference.prefetch import prefetch
    from keras_drsi.inference.sources import Video, open_source

    source = open_source(source)
    out = new_output_folder(out)
    if isinstance(source, Video):
        writer = video_writer(out / "poses.mp4", source.frames_per_second)
    else:
        writer = photo_writer(out)
    poses = []
    with (
        writer as write,
        progress_bar(total=len(source) or None, desc="predict") as bar,
    ):
        try:
            # The network of one image beside the drawing of another.
            for result in prefetch(predictor.stream(source, report)):
                write(result.plot(**drawing), result.name)
                poses.append(result.to_json())
                bar.update()
        except KeyboardInterrupt:
            report(f"interrupted: writing what was found to {out}")
    if not poses:
        raise InputError(f"{out}: expected images to write, got none.")
    write_json(poses, out / "poses.json")
    return len(poses), sum(len(image["poses"]) for image in poses)


def report(line):
    """Prints a line without tearing the progress bar."""
    tqdm.write(line, file=sys.stderr)


@contextlib.contextmanager
def photo_writer(folder):
    """Writes pictures as JPEG files, each under the name of its photo.

    Args:
        folder: path of the folder.

    Yields:
        function of a picture, (height, width, 3) uint8 RGB, and a name.
    """
    taken = set()

    def write(picture, name):
        stem = _new_name(pathlib.Path(name).stem, taken)
        write_image(picture, folder / f"{stem}.jpg")

    yield write


@contextlib.contextmanager
def video_writer(path, frames_per_second):
    """Writes pictures of one size into an MP4 file, whole or not at all.

    Args:
        path: path of the file.
        frames_per_second: number.

    Yields:
        function of a picture, (height, width, 3) uint8 RGB, and a name.
    """
    with new_file(path) as unfinished:
        video = cv2.VideoWriter()

        def write(picture, name):
            if not video.isOpened():
                height, width = picture.shape[:2]
                video.open(
                    str(unfinished),
                    cv2.VideoWriter.fourcc(*FOURCC),
                    frames_per_second,
                    (width, height),
                )
            if not video.isOpened():
                raise InputError(f"{path}: cannot be written as {FOURCC}.")
            video.write(_bgr(picture))

        yield write
        if not video.isOpened():
            raise InputError(f"{path}: expected frames to write, got none.")
        video.release()


def _bgr(picture):
    return cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)


def _new_name(stem, taken):
    """photo; where that is taken, photo-2."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name
