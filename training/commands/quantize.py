"""Turns an exported ONNX or LiteRT file into one that calculates in 8 bits.

drsi quantize model.onnx --data DIR --out model_int8.onnx
"""

import argparse

from keras_drsi.export.quantize import PICTURES, ap_of_both, quantize
from training.command_line import run


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi quantize",
        description="Turn an ONNX or LiteRT file of drsi export --poses "
        "into one that calculates in 8 bits.",
    )
    parser.add_argument(
        "exported", help=".onnx or .tflite file with decoding inside"
    )
    parser.add_argument(
        "--data",
        required=True,
        metavar="DIR",
        help="COCO directory whose training photos show the ranges",
    )
    parser.add_argument(
        "--out", required=True, help="new file with the same ending"
    )
    parser.add_argument(
        "--pictures",
        type=int,
        default=PICTURES,
        metavar="N",
        help=f"number of photos ({PICTURES})",
    )
    parser.add_argument(
        "--evaluate",
        action="store_true",
        help="also say what it costs: AP of both files on the validation "
        "photos",
    )
    args = parser.parse_args(argv)
    quantize(args.exported, args.data, args.out, args.pictures)
    print(f"{args.out}: 8-bit convolutions")
    if args.evaluate:
        print(ap_of_both(args.exported, args.out, args.data))


if __name__ == "__main__":
    run(main)
