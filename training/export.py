"""Writes a trained network for deployment, checked before it is reported.

    python -m training.export --weights model.keras --out model.onnx
    python -m training.export --weights model.keras --format saved_model \\
        --poses --out model_folder

Weights files do not depend on the backend, and the routes from Keras to these
formats that work throughout are TensorFlow's. Under another backend the command
therefore runs itself once more under TensorFlow.
"""

import argparse
import dataclasses
import pathlib
import tempfile

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.version import __version__
from training.backend_process import run_under
from training.command_line import run
from training.export_formats import FORMATS, INPUT_NAME
from training.new_file import check_is_new, new_file

BACKEND = "tensorflow"
OPSET = 17
OPSETS = range(13, 19)  # ours needs 13, tf2onnx writes at most 18
INPUT_TYPES = ("float32", "uint8")
# Largest difference to Keras, relative to the deviation of the output.
TOLERANCE = 1e-4


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """What goes into an exported file.

    Args:
        format: one of `FORMATS`.
        poses: whether decoding and non-maximum suppression are inside; if
            not, the outputs are the raw head maps.
        batch_size: of the images, or None for any.
        input_type: `"float32"` or `"uint8"`, both of 0..255.
        opset: version of ONNX's operators, one of `OPSETS`.

    Raises:
        InputError: for an unknown value.
    """

    format: str = "onnx"
    poses: bool = False
    batch_size: int | None = None
    input_type: str = "float32"
    opset: int = OPSET

    def __post_init__(self):
        for name, known in (("format", FORMATS), ("input_type", INPUT_TYPES)):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name}: expected one of {', '.join(known)}, got "
                    f"{getattr(self, name)!r}."
                )
        if self.batch_size is not None and self.batch_size < 1:
            raise InputError(
                f"batch_size: expected >= 1, got {self.batch_size}."
            )
        if self.opset not in OPSETS:
            raise InputError(
                f"opset: expected {OPSETS[0]} to {OPSETS[-1]}, got "
                f"{self.opset}."
            )


def export(network, out, options=ExportOptions()):
    """Writes and checks a file, whatever the current backend.

    The file takes `images`, (B, H, W, 3) RGB in 0..255, letterboxed as
    `Letterbox` does, and gives what `DRSINet` gives: raw head maps `P3` to
    `P6`, or `boxes`, `scores`, `keypoints` and `count`.

    Args:
        network: `DRSINet`, or path of a `.keras` file.
        out: path of the new file or folder.
        options: `ExportOptions`.

    Returns:
        The largest difference to Keras on two random inputs and on a picture
        of people, relative to the standard deviation of each output.

    Raises:
        InputError: if `out` exists, the network does not give finite values,
            or the file differs from it.

    Example:

    >>> export(model, "model.onnx", ExportOptions(poses=True))
    """
    import keras

    if isinstance(network, keras.Model):
        with tempfile.TemporaryDirectory() as folder:
            weights = pathlib.Path(folder) / "network.keras"
            network.save(weights)
            return export(weights, out, options)
    target = FORMATS[options.format]
    target.check_can_write(options.format)
    target.check_path(out)
    check_is_new(out)
    if keras.backend.backend() == BACKEND:
        return _export_here(network, out, options)
    printed = run_under(
        BACKEND,
        "training.export",
        *("--weights", network, "--out", out, "--format", options.format),
        *("--input-type", options.input_type, "--opset", options.opset),
        *(["--poses"] if options.poses else []),
        *(
            ["--batch-size", options.batch_size]
            if options.batch_size is not None
            else []
        ),
    )
    return float(printed.split()[-1])


def _export_here(weights, out, options):
    """The export itself, in a process whose backend is TensorFlow."""
    target = FORMATS[options.format]
    exported = model_to_export(weights, options)
    with new_file(out) as unfinished:
        target.write(
            exported.fused,
            unfinished,
            exported.spec,
            exported.output_names,
            exported.metadata,
            options.opset,
        )
        difference = largest_difference(
            exported.model,
            target.load(unfinished),
            options,
            exported.spec.shape[1:],
        )
        if not difference <= TOLERANCE:
            raise InputError(
                f"{out}: differs from Keras by {difference:.1e} of the "
                f"outputs' deviation, expected at most {TOLERANCE}."
            )
    return difference


@dataclasses.dataclass(frozen=True)
class ModelToExport:
    """A network as the formats want it.

    Args:
        network: `DRSINet` in float32 and channels last.
        model: it, or a `PoseDecoder` of it.
        fused: the same without batch norms, called once.
        spec: `keras.InputSpec` of the images.
        output_names: of the outputs, sorted.
        metadata: what a program needs to know to use the file.
    """

    network: object
    model: object
    fused: object
    spec: object
    output_names: list
    metadata: dict


def model_to_export(weights, options):
    """Reads a network, and makes of it what `options` ask for.

    Args:
        weights: path of a `.keras` file.
        options: `ExportOptions`.

    Returns:
        `ModelToExport`.
    """
    import keras

    from keras_drsi.checkpoints.soundness import check_sound
    from keras_drsi.checkpoints.trained_model import load_trained_model

    network = _plain(load_trained_model(weights))
    check_sound(network, weights)
    fused = _with_outputs(network.fuse(), options)
    image_shape = (*network.input_size, 3)
    outputs = fused(np.zeros((1, *image_shape), options.input_type))
    return ModelToExport(
        network,
        _with_outputs(network, options),
        fused,
        keras.InputSpec(
            shape=(options.batch_size, *image_shape),
            dtype=options.input_type,
            name=INPUT_NAME,
        ),
        sorted(outputs),
        metadata(network, options),
    )


def _plain(network):
    """The network in float32 and channels last, as the formats want it."""
    plain = type(network).from_config(
        {
            **network.get_config(),
            "dtype": "float32",
            "data_format": "channels_last",
        }
    )
    plain.set_weights(
        [
            given.reshape(weight.shape)  # a scale per channel moves its axis
            for given, weight in zip(network.get_weights(), plain.weights)
        ]
    )
    return plain


def _with_outputs(network, options):
    from keras_drsi.models.pose_decoder import PoseDecoder

    return PoseDecoder(network) if options.poses else network


def metadata(network, options):
    """What a program needs to know to use the file."""
    schema = network.keypoints
    raw = "x, y, w, h, objectness, class, then x, y, confidence of each"
    return {
        "keras_drsi": __version__,
        "input": {
            "name": INPUT_NAME,
            "height_width": list(network.input_size),
            "batch_size": options.batch_size,
            "type": options.input_type,
            "colors": "RGB, 0..255",
            "letterbox": "scaled to fit, at the top left, padded with 114",
        },
        "poses": options.poses,
        "output": "poses in input pixels" if options.poses else raw,
        "keypoints": list(schema.names),
        "swap_pairs": [list(pair) for pair in schema.swap_pairs],
        "skeleton": [list(limb) for limb in schema.skeleton],
        "sigmas": list(schema.sigmas),
        "anchors": np.asarray(network.anchors).tolist(),
        "score_threshold": network.score_threshold,
        "iou_threshold": network.iou_threshold,
    }


def largest_difference(model, exported, options, image_shape):
    """Compares a loaded file with its model on three inputs.

    Keras traces with constant input, so that constants would prove nothing.

    Args:
        model: the Keras model.
        exported: function from images to a dict of arrays.
        options: `ExportOptions`.
        image_shape: (height, width, 3).

    Returns:
        Largest absolute difference over the standard deviation of an output.

    Raises:
        InputError: if an output is missing or has another shape.
    """
    import keras

    differences = []
    for images in _test_images(image_shape):
        images = np.repeat(images[None], options.batch_size or 1, axis=0)
        images = images.astype(options.input_type)
        actual = exported(images)
        for name, expected in model(images).items():
            expected = keras.ops.convert_to_numpy(expected)
            if name not in actual or actual[name].shape != expected.shape:
                raise InputError(
                    f"output {name!r}: expected shape {expected.shape}, got "
                    f"{actual[name].shape if name in actual else 'none'}."
                )
            largest = np.abs(actual[name] - expected).max()
            differences.append(largest / max(expected.std(), 1e-6))
    return float(max(differences))


def _test_images(image_shape):
    """Two random images, and a picture of synthetic people; uint8."""
    from training.data.synthetic.scene import compose_scene

    rng = np.random.default_rng(0)
    for _ in range(2):
        yield rng.integers(0, 256, image_shape, "uint8")
    height, width, _ = image_shape
    yield compose_scene(rng, width, height).image


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m training.export",
        description="Write a trained network for deployment; compare it with "
        "Keras on two random inputs and a picture before reporting success.",
    )
    parser.add_argument("--weights", required=True, help=".keras file")
    parser.add_argument(
        "--out", required=True, help="new file, or folder of a SavedModel"
    )
    parser.add_argument("--format", default="onnx", choices=list(FORMATS))
    parser.add_argument(
        "--poses",
        action="store_true",
        help="put decoding and non-maximum suppression into the file; "
        "without, it gives raw head maps",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        metavar="B",
        help="images at a time; by default any number",
    )
    parser.add_argument(
        "--input-type", default="float32", choices=INPUT_TYPES, help="of images"
    )
    parser.add_argument(
        "--opset",
        type=int,
        default=OPSET,
        metavar="N",
        help=f"of ONNX, {OPSETS[0]} to {OPSETS[-1]} (default %(default)s)",
    )
    args = parser.parse_args(argv)
    options = ExportOptions(
        args.format, args.poses, args.batch_size, args.input_type, args.opset
    )
    difference = export(args.weights, args.out, options)
    print(f"{args.out}: largest relative difference {difference:.2e}")


if __name__ == "__main__":
    run(main)
