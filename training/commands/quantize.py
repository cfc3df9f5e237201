"""Quantizes an exported ONNX or LiteRT file to 8 bits.

drsi quantize model.onnx --data DIR --out model_int8.onnx
"""

import argparse

from training.command_line import run

IMAGES = 64


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="drsi quantize",
        description="Quantize an ONNX or LiteRT file of drsi export --poses "
        "to 8 bits.",
    )
    parser.add_argument(
        "exported", help=".onnx or .tflite file with decoding inside"
    )
    parser.add_argument(
        "--data",
        required=True,
        metavar="DIR",
        help="COCO directory whose training images calibrate the ranges",
    )
    parser.add_argument(
        "--out", required=True, help="new file with the same ending"
    )
    parser.add_argument(
        "--images",
        type=int,
        default=IMAGES,
        metavar="N",
        help="number of these images (default %(default)s)",
    )
    parser.add_argument(
        "--evaluate",
        action="store_true",
        help="also print the AP of both files on the validation images",
    )
    args = parser.parse_args(argv)
    from keras_drsi.export.quantize import ap_of_both, quantize

    quantize(args.exported, args.data, args.out, args.images)
    print(f"{args.out}: 8-bit convolutions")
    if args.evaluate:
        print(ap_of_both(args.exported, args.out, args.data))


if __name__ == "__main__":
    run(main)
