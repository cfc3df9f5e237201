"""Writes an ONNX file of a trained network, checked before it is reported.

    python -m training.export --weights model.keras --out model.onnx

Weights files do not depend on the backend, and the route from Keras to ONNX
that works throughout is TensorFlow's. Under another backend the command
therefore runs itself once more under TensorFlow.
"""

import argparse

import numpy as np

from keras_drsi.errors import InputError
from training.backend_process import run_under
from training.command_line import run
from training.new_file import check_is_new, new_file

BACKEND = "tensorflow"
OPSET = 17
# Largest difference to Keras, relative to the deviation of the output.
TOLERANCE = 1e-4


def export_onnx(weights, out):
    """Writes and checks an ONNX file, whatever the current backend.

    The file takes `images`, (B, H, W, 3) float32 in 0..255 with any B, and
    gives the raw head maps `P3` to `P6`, see `DRSINet`.

    Args:
        weights: path of a `.keras` file.
        out: path of the new `.onnx` file.

    Returns:
        The largest difference between onnxruntime and Keras on two random
        inputs, relative to the standard deviation of each output.

    Raises:
        InputError: if `out` exists, or the file differs from the network.
    """
    printed = run_under(
        BACKEND, "training.export", "--weights", weights, "--out", out
    )
    return float(printed.split()[-1])


def _export_here(weights, out):
    """The export itself, in a process whose backend is TensorFlow."""
    import keras

    from keras_drsi.checkpoints.trained_model import load_trained_model

    check_is_new(out)
    model = load_trained_model(weights)
    image_shape = (*model.input_size, 3)
    model(np.zeros((1, *image_shape), "float32"))
    signature = [
        keras.InputSpec(
            shape=(None, *image_shape), dtype="float32", name="images"
        )
    ]
    with new_file(out) as unfinished:
        model.export(
            str(unfinished),
            format="onnx",
            verbose=False,
            input_signature=signature,
            opset_version=OPSET,
        )
        difference = largest_difference(model, unfinished)
        if not difference <= TOLERANCE:
            raise InputError(
                f"{out}: onnxruntime differs from Keras by {difference:.1e} "
                f"of the outputs' deviation, expected at most {TOLERANCE}."
            )
    return difference


def largest_difference(model, onnx_file):
    """Compares an ONNX file with a model on two random inputs.

    Keras traces with constant input, so that constants would prove nothing.

    Returns:
        Largest absolute difference over the standard deviation of an output.
    """
    import keras
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(onnx_file), providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    generator = np.random.default_rng(0)
    differences = []
    for _ in range(2):
        shape = (1, *model.input_size, 3)
        images = generator.uniform(0, 255, shape).astype("float32")
        expected = model(images)
        for actual, level in zip(session.run(None, {name: images}), expected):
            wanted = keras.ops.convert_to_numpy(expected[level])
            differences.append(np.abs(actual - wanted).max() / wanted.std())
    return float(max(differences))


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m training.export",
        description="Write an ONNX file of a trained network and compare it "
        "with the network on two random inputs before reporting success.",
    )
    parser.add_argument("--weights", required=True, help=".keras file")
    parser.add_argument("--out", required=True, help="new .onnx file")
    args = parser.parse_args(argv)
    import keras

    if keras.backend.backend() == BACKEND:
        difference = _export_here(args.weights, args.out)
    else:
        difference = export_onnx(args.weights, args.out)
    print(f"{args.out}: largest relative difference {difference:.2e}")


if __name__ == "__main__":
    run(main)
