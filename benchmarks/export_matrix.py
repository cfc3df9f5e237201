"""Every format, with files of every backend, beside Keras.

    python -m benchmarks.export_matrix
    python -m benchmarks.export_matrix --weights my.keras --formats onnx litert

Each backend writes a weights file of the same network and computes raw head
maps and poses of three pictures, with 1, 5 and 30 synthetic people. Every file
exported from these weights then gets the same pictures.
"""

import argparse
import dataclasses
import itertools
import pathlib
import tempfile

import keras
import numpy as np

from benchmarks.export_reference import OUTPUTS, PICTURES, WEIGHTS
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
# Persons of 100 pixels, whom the preset knows, and room for 30 of them.
INPUT_SIZE = 384
BATCH_SIZES = (1, None)
SURE = 0.3  # score of poses that one would draw
SAME = 0.01  # px, between poses that are the same


@dataclasses.dataclass(frozen=True)
class Reference:
    """What Keras computes under one backend.

    Args:
        backend: its name.
        weights: path of the `.keras` file it wrote.
        pictures: (3, S, S, 3) uint8.
        raw: dict of head maps of the pictures.
        poses: dict of their poses.
    """

    backend: str
    weights: pathlib.Path
    pictures: np.ndarray
    raw: dict
    poses: dict


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One exported file beside Keras.

    Args:
        format: one of `FORMATS`.
        backend: that wrote the weights.
        poses: whether suppression is inside.
        batch_size: of the images, or None for any.
        difference: the largest one of an output, relative to its standard
            deviation; NaN where the file was refused.
        pixels: largest distance of a kept pose to Keras', None for raw maps.
        kept: number of poses kept in each picture, likewise.
        refusal: why there is no such file, or None.
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
        """Whether the same poses are kept; None for raw maps."""
        return None if self.pixels is None else self.pixels < SAME


def crowded_pictures(people, size):
    """Synthetic pictures with given numbers of people.

    Args:
        people: list of numbers.
        size: side of the pictures in pixels.

    Returns:
        (len(people), size, size, 3) uint8.
    """
    return np.stack([_picture_of(number, size) for number in people])


def _picture_of(people, size):
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
        # Of whom too little is seen is left out.
        if len(scene.people) == people:
            return scene.image


def keras_reference(backend, weights, pictures, folder):
    """Lets a backend write weights and compute, in a process of its own.

    Args:
        backend: its name.
        weights: path of a trained network.
        pictures: (N, S, S, 3) uint8.
        folder: path of an empty folder for its files.

    Returns:
        `Reference`.
    """
    np.save(folder / PICTURES, pictures)
    run_under(
        backend,
        "benchmarks.export_reference",
        *("--weights", weights),
        *("--input-size", pictures.shape[1]),
        *("--folder", folder),
    )
    with np.load(folder / OUTPUTS) as outputs:
        kinds = {"raw": {}, "poses": {}}
        for key in outputs.files:
            kind, name = key.split("/")
            kinds[kind][name] = outputs[key]
    return Reference(backend, folder / WEIGHTS, pictures, **kinds)


def compare_export(name, poses, batch_size, reference, folder):
    """Exports a network once and compares the file with Keras.

    Args:
        name: one of `FORMATS`.
        poses: whether suppression is inside.
        batch_size: of the images, or None for any.
        reference: `Reference`.
        folder: path of a folder for the file.

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
    outputs = _outputs(FORMATS[name].load(out), reference.pictures, batch_size)
    if not poses:
        return Comparison(*cell, _difference(outputs, reference.raw))
    return Comparison(
        *cell,
        _difference(outputs, reference.poses),
        pose_distance(reference.poses, outputs),
        tuple(outputs["count"].tolist()),
    )


def _outputs(exported, pictures, batch_size):
    """What a file gives for the pictures, in batches of its size."""
    size = batch_size or len(pictures)
    pictures = pictures.astype("float32")
    parts = [
        exported(pictures[start : start + size])
        for start in range(0, len(pictures), size)
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
    """Compares every kind of file of every backend with Keras.

    Args:
        weights: path of a trained network.
        input_size: side of the pictures in pixels.
        formats: names of `FORMATS`.
        backends: names.

    Yields:
        `Reference` of each backend, and after it a `Comparison` of each of
        its files.
    """
    pictures = crowded_pictures(PEOPLE, input_size)
    for backend in backends:
        with tempfile.TemporaryDirectory() as folder:
            reference = keras_reference(
                backend, weights, pictures, pathlib.Path(folder)
            )
            yield reference
            for kind in itertools.product(formats, (False, True), BATCH_SIZES):
                with tempfile.TemporaryDirectory() as place:
                    yield compare_export(*kind, reference, pathlib.Path(place))
                keras.utils.clear_session()


def people_line(reference):
    """How many poses Keras keeps in the pictures, as a line of text."""
    scores = reference.poses["scores"]
    kept = _numbers(reference.poses["count"])
    sure = _numbers((scores > SURE).sum(axis=1))
    return (
        f"{reference.backend}: pictures of {_numbers(PEOPLE)} people, {kept} "
        f"poses kept, {sure} with a score above {SURE}"
    )


HEAD = (
    f"{'format':<13}{'weights of':<12}{'gives':<7}{'batch':<7}"
    f"{'difference':>11}{'px':>9}  poses"
)


def comparison_line(row):
    """A file's comparison as a line below `HEAD`."""
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
    return f"{line}{row.pixels:>9.1e}  {verdict}: {_numbers(row.kept)}"


def _numbers(values):
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
        "with Keras on pictures of 1, 5 and 30 synthetic people.",
    )
    parser.add_argument(
        "--weights", help=f".keras file; by default that of {PRESET}"
    )
    parser.add_argument(
        "--input-size",
        type=int,
        default=INPUT_SIZE,
        metavar="S",
        help=f"side of the pictures in pixels ({INPUT_SIZE})",
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
