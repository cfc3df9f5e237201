"""Subprocess that saves and runs a network under one backend.

`benchmarks.export_matrix` starts it once for each backend:

    python -m benchmarks.export_reference \\
        --weights W --input-size S --folder DIR
"""

import argparse
import pathlib

import keras
import numpy as np

from keras_drsi.checkpoints.trained_model import load_trained_model
from training.command_line import run

IMAGES = "images.npy"
WEIGHTS = "model.keras"
OUTPUTS = "outputs.npz"


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.export_reference"
    )
    parser.add_argument("--weights", required=True)
    parser.add_argument("--input-size", required=True, type=int)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    args = parser.parse_args(argv)
    model = load_trained_model(args.weights, input_size=args.input_size)
    model.save(args.folder / WEIGHTS)
    raw = model(np.load(args.folder / IMAGES), training=False)
    np.savez(
        args.folder / OUTPUTS,
        **_named("raw", raw),
        **_named("poses", model.decode_predictions(raw)),
    )


def _named(kind, outputs):
    return {
        f"{kind}/{name}": keras.ops.convert_to_numpy(values)
        for name, values in outputs.items()
    }


if __name__ == "__main__":
    run(main)
