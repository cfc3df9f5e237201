"""Comparison of every export format, from every backend, with Keras.

    python -m benchmarks.export_matrix
    python -m benchmarks.export_matrix --weights my.keras --formats onnx litert

Each backend saves the same network and predicts the raw head maps and poses of
three images with 1, 5 and 30 synthetic people. Every file exported from these
weights is then run on the same images.
"""

import argparse
import dataclasses
import itertools
import pathlib
import tempfile

import keras
import numpy as np

from benchmarks.export_reference import IMAGES, OUTPUTS, WEIGHTS
from keras_drsi.distribution.backend_process import run_under
from keras_drsi.errors import InputError
from keras_drsi.evaluation.backend_comparison import (
    BACKENDS,
    installed_backends,
)
from keras_drsi.evaluation.pose_distance import pose_distance
from keras_drsi.export import ExportOptions, export
from keras_drsi.formats import FORMATS
from keras_drsi.models.presets import find_preset
from training.command_line import run

PRESET = "drsi_net_n_synthetic"
PEOPLE = (1, 5, 30)
# Large enough for 30 persons of the 100 pixels that the preset is trained on.
INPUT_SIZE = 384
BATCH_SIZES = (1, None)
SURE = 0.3  # score of the poses one would draw
SAME = 0.01  # px, tolerance for equal poses


@dataclasses.dataclass(frozen=True)
class Reference:
    """The predictions of Keras under one backend.

    Args:
        backend: string, the backend.
        weights: path of the `.keras` file written by it.
        images: uint8 array of shape (3, S, S, 3).
        raw: dict of the raw head maps of the images.
        poses: dict of the poses in the images.
    """

    backend: str
    weights: pathlib.Path
    images: np.ndarray
    raw: dict
    poses: dict


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The comparison of an exported file with Keras.

    Args:
        format: string, one of `FORMATS`.
        backend: string, the backend that wrote the weights.
        poses: boolean, whether decoding and suppression are included.
        batch_size: integer, or None if it is dynamic.
        difference: float, largest difference of an output relative to its
            standard deviation; NaN if the export failed.
        pixels: float, largest distance in pixels of a pose from that of Keras;
            None for raw head maps.
        kept: tuple of integers, number of poses in each image; None for raw
            head maps.
        refusal: string, why the export failed, or None.
    """

    format: str
    backend: str
    poses: bool
    batch_size: int | None
    difference: float
    pixels: float | None = None
    kept: tuple | None = None
    refusal: str | None = None

    @property
    def same_poses(self):
        """Whether the poses equal those of Keras; None for raw head maps."""
        return None if self.pixels is None else self.pixels < SAME


def crowded_images(people, size):
    """Generates synthetic images with given numbers of people.

    Args:
        people: list of integers, number of people in each image.
        size: integer, side of the images in pixels.

    Returns:
        uint8 array of shape (len(people), size, size, 3).
    """
    return np.stack([_image_of(number, size) for number in people])


def _image_of(people, size):
    from keras_drsi.data.synthetic import CALM
    from keras_drsi.data.synthetic.scene import compose_scene

    crowd = dataclasses.replace(
        CALM,
        counts=(0.0,) * (people - 1) + (1.0,),
        statures=(0.24, 0.3),
        margin=0.05,
    )
    for seed in itertools.count():
        rng = np.random.default_rng([people, seed])
        scene = compose_scene(rng, size, size, crowd)
        # Scenes drop people who are hardly visible.
        if len(scene.people) == people:
            return scene.image


def keras_reference(backend, weights, images, folder):
    """Saves and runs the network under a backend, in a subprocess.

    Args:
        backend: string, the backend.
        weights: path of a trained model.
        images: uint8 array of shape (N, S, S, 3).
        folder: `pathlib.Path` of an empty folder for the files.

    Returns:
        `Reference`.
    """
    np.save(folder / IMAGES, images)
    run_under(
        backend,
        "benchmarks.export_reference",
        *("--weights", weights),
        *("--input-size", images.shape[1]),
        *("--folder", folder),
    )
    with np.load(folder / OUTPUTS) as outputs:
        kinds = {"raw": {}, "poses": {}}
        for key in outputs.files:
            kind, name = key.split("/")
            kinds[kind][name] = outputs[key]
    return Reference(backend, folder / WEIGHTS, images, **kinds)


def compare_export(name, poses, batch_size, reference, folder):
    """Exports a network to one format and compares the file with Keras.

    Args:
        name: string, one of `FORMATS`.
        poses: boolean, whether to include decoding and suppression.
        batch_size: integer, or None for a dynamic batch size.
        reference: `Reference`.
        folder: `pathlib.Path` of a folder for the file.

    Returns:
        `Comparison`.
    """
    cell = name, reference.backend, poses, batch_size
    out = folder / f"exported{FORMATS[name].suffix}"
    options = ExportOptions(name, poses, batch_size)
    try:
        export(reference.weights, out, options)
    except InputError as error:
        return Comparison(*cell, float("nan"), refusal=str(error))
    outputs = _outputs(FORMATS[name].load(out), reference.images, batch_size)
    if not poses:
        return Comparison(*cell, _difference(outputs, reference.raw))
    return Comparison(
        *cell,
        _difference(outputs, reference.poses),
        pose_distance(reference.poses, outputs),
        tuple(outputs["count"].tolist()),
    )


def _outputs(exported, images, batch_size):
    """Runs a file on all images, in batches of its batch size."""
    size = batch_size or len(images)
    images = images.astype("float32")
    parts = [
        exported(images[start : start + size])
        for start in range(0, len(images), size)
    ]
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }


def _difference(outputs, reference):
    return max(
        float(np.abs(outputs[name] - expected).max() / expected.std())
        for name, expected in reference.items()
    )


def export_matrix(weights, input_size, formats, backends):
    """Compares every format, output and batch size with Keras.

    Args:
        weights: path of a trained model.
        input_size: integer, side of the images in pixels.
        formats: list of strings, names of `FORMATS`.
        backends: list of strings.

    Yields:
        `Reference` of each backend, followed by a `Comparison` for each of its
        files.
    """
    images = crowded_images(PEOPLE, input_size)
    for backend in backends:
        with tempfile.TemporaryDirectory() as folder:
            reference = keras_reference(
                backend, weights, images, pathlib.Path(folder)
            )
            yield reference
            for kind in itertools.product(formats, (False, True), BATCH_SIZES):
                with tempfile.TemporaryDirectory() as place:
                    yield compare_export(*kind, reference, pathlib.Path(place))
                keras.utils.clear_session()


def people_line(reference):
    """Formats the number of poses that Keras predicts in each image."""
    scores = reference.poses["scores"]
    kept = _joined(reference.poses["count"])
    sure = _joined((scores > SURE).sum(axis=1))
    return (
        f"{reference.backend}: images of {_joined(PEOPLE)} people, {kept} "
        f"poses kept, {sure} with a score above {SURE}"
    )


HEAD = (
    f"{'format':<13}{'weights of':<12}{'gives':<7}{'batch':<7}"
    f"{'difference':>11}{'px':>9}  poses"
)


def comparison_line(row):
    """Formats a comparison as a row of the table below `HEAD`."""
    line = (
        f"{row.format:<13}{row.backend:<12}"
        f"{'poses' if row.poses else 'raw':<7}{row.batch_size or 'any':<7}"
    )
    if row.refusal:
        return f"{line}  {row.refusal}"
    line += f"{row.difference:>11.1e}"
    if row.same_poses is None:
        return line
    verdict = "same" if row.same_poses else "DIFFER"
    return f"{line}{row.pixels:>9.1e}  {verdict}: {_joined(row.kept)}"


def _joined(values):
    return ", ".join(str(int(value)) for value in values)


def main(argv=None):
    args = _arguments(argv)
    weights = args.weights or find_preset(PRESET).weights.path()
    print(HEAD)
    matrix = export_matrix(
        weights, args.input_size, args.formats, args.backends
    )
    for row in matrix:
        is_file = isinstance(row, Comparison)
        print(comparison_line(row) if is_file else people_line(row), flush=True)


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.export_matrix",
        description="Let every backend write the weights of one network, "
        "export each in every format, and compare raw maps and kept poses "
        "with Keras on images of 1, 5 and 30 synthetic people.",
    )
    parser.add_argument(
        "--weights", help=f".keras file; by default that of {PRESET}"
    )
    parser.add_argument(
        "--input-size",
        type=int,
        default=INPUT_SIZE,
        metavar="S",
        help=f"side of the images in pixels ({INPUT_SIZE})",
    )
    parser.add_argument(
        "--formats", nargs="+", default=list(FORMATS), choices=list(FORMATS)
    )
    parser.add_argument(
        "--backends",
        nargs="+",
        default=installed_backends(),
        choices=BACKENDS,
        help="that write the weights; by default all that are installed",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
