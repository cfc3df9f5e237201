"""Benchmark of predicting a video: decoding, network, drawing, encoding."""

import itertools
import pathlib
import tempfile
import time

import numpy as np

from keras_drsi.geometry.letterbox import Letterbox
from keras_drsi.inference.predict_files import predict_files, video_writer

PARTS = ("decode", "letterbox", "network", "draw", "encode")
FRAMES_PER_SECOND = 25.0
SIZE = 1280, 720
WARM_UP = 3  # images; the first call compiles


def time_video(predictor, clip, frames):
    """Times the prediction of a video, part by part and as a whole.

    Args:
        predictor: `PosePredictor`.
        clip: path of a video.
        frames: integer, number of frames, from the start, to time the parts
            with.

    Returns:
        Dict of `frames`, `persons` (mean number of predicted poses in a
        frame), `milliseconds` (dict of the time per frame of each of `PARTS`,
        run in isolation) and `frames_per_second` of `predict_files`, which
        overlaps the parts.
    """
    frames = list(itertools.islice(_decoded(clip, seconds := []), frames))
    predictor.predict([frames[0].image] * WARM_UP)
    results, network = _timed(predictor.predict, [f.image for f in frames])
    letterboxed = [_timed(_letterbox, f.image, predictor)[1] for f in frames]
    drawings, drawing_times = zip(*[_timed(result.plot) for result in results])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        _, encoding = _timed(_encode, drawings, folder / "clip.mp4")
        (images, _), everything = _timed(
            predict_files, predictor, str(clip), folder / "out"
        )
    totals = {
        "decode": sum(seconds),
        "letterbox": sum(letterboxed),
        "network": network - sum(letterboxed),
        "draw": sum(drawing_times),
        "encode": encoding,
    }
    return {
        "frames": len(frames),
        "persons": float(np.mean([len(result) for result in results])),
        "milliseconds": {
            part: 1000 * totals[part] / len(frames) for part in PARTS
        },
        "frames_per_second": images / everything,
    }


def _decoded(clip, seconds):
    """Yields the frames, and appends the decoding time of each to `seconds`."""
    from keras_drsi.inference.sources import open_source

    frames = open_source(str(clip)).frames(print)
    while True:
        frame, spent = _timed(next, frames, None)
        if frame is None:
            return
        seconds.append(spent)
        yield frame


def _letterbox(image, predictor):
    height, width = image.shape[:2]
    size = tuple(predictor.model.input_size)
    return Letterbox(width, height, size).apply_image(image)


def _encode(drawings, path):
    with video_writer(path, FRAMES_PER_SECOND) as write:
        for drawing in drawings:
            write(drawing, "")


def _timed(function, *args):
    start = time.perf_counter()
    result = function(*args)
    return result, time.perf_counter() - start


def write_clip(path, frames, size=SIZE, seed=0):
    """Writes a video that pans over a scene of synthetic people.

    Args:
        path: path of the new file.
        frames: integer, number of frames.
        size: tuple (width, height) in pixels.
        seed: non-negative integer.
    """
    from keras_drsi.data.synthetic import CALM
    from keras_drsi.data.synthetic.scene import compose_scene

    width, height = size
    rng = np.random.default_rng(seed)
    scene = compose_scene(rng, 2 * width, height, CALM).image
    with video_writer(path, FRAMES_PER_SECOND) as write:
        for left in np.linspace(0, width, frames).astype(int):
            write(np.ascontiguousarray(scene[:, left : left + width]), "")


def video_table(timings):
    """Formats the result of `time_video` as a table."""
    lines = [
        f"{part:<12}{milliseconds:>8.1f} ms"
        for part, milliseconds in timings["milliseconds"].items()
    ]
    together = sum(timings["milliseconds"].values())
    fps = timings["frames_per_second"]
    return "\n".join(
        [
            *lines,
            f"{'one by one':<12}{together:>8.1f} ms{1000 / together:>8.1f} fps",
            f"{'predict':<12}{1000 / fps:>8.1f} ms{fps:>8.1f} fps",
        ]
    )
