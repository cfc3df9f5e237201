"""Writes a trained network for deployment, compared with Keras.

    drsi export --weights model.keras --out model.onnx
    drsi export --weights model.keras --format saved_model \\
        --poses --out model_folder
"""

import argparse

from keras_drsi.export.export_model import export
from keras_drsi.export.export_options import (
    INPUT_TYPES,
    OPSET,
    OPSETS,
    ExportOptions,
)
from keras_drsi.formats import FORMATS
from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi export",
        description="Write a trained network for deployment, after comparing "
        "it with Keras on three images.",
    )
    parser.add_argument("--weights", required=True, help=".keras file")
    parser.add_argument(
        "--out", required=True, help="new file, or folder of a SavedModel"
    )
    parser.add_argument(
        "--format",
        default="onnx",
        choices=list(FORMATS),
        help="default %(default)s",
    )
    parser.add_argument(
        "--poses",
        action="store_true",
        help="put decoding and non-maximum suppression into the file; "
        "without it, the outputs are the raw head maps",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        metavar="B",
        help="images at a time; by default any number",
    )
    parser.add_argument(
        "--input-type",
        default="float32",
        choices=INPUT_TYPES,
        help="dtype of the images (default %(default)s)",
    )
    parser.add_argument(
        "--opset",
        type=int,
        default=OPSET,
        metavar="N",
        help=f"version of ONNX's operators, {OPSETS[0]} to {OPSETS[-1]} "
        "(default %(default)s)",
    )
    args = parser.parse_args(argv)
    options = ExportOptions(
        args.format, args.poses, args.batch_size, args.input_type, args.opset
    )
    difference = export(args.weights, args.out, options)
    print(f"{args.out}: largest relative difference {difference:.2e}")


if __name__ == "__main__":
    run(main)
