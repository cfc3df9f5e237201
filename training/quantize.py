"""Turns an exported ONNX file into one that calculates in 8 bits.

    python -m training.quantize model.onnx --data DIR --out model_int8.onnx

The convolutions of backbone and neck are quantised, their ranges taken from
pictures of the data set. The head's output convolutions, and what decodes them,
stay in float: a keypoint's offset and its confidence would share one range.
"""

import argparse

from keras_drsi.errors import InputError
from training.command_line import run
from training.data.coco import read_coco
from training.export_formats import FORMATS
from training.exported_model import ExportedModel
from training.new_file import check_is_new, new_file

PICTURES = 64


def quantize(exported, data, out, pictures=PICTURES):
    """Writes an ONNX file with 8-bit convolutions.

    Args:
        exported: path of an ONNX file of `training.export --poses`.
        data: COCO directory whose first training photos show the ranges.
        out: path of the new `.onnx` file.
        pictures: number of pictures, or of batches of a fixed size.

    Raises:
        InputError: if `out` exists, or `exported` is no such file.
    """
    from onnxruntime import quantization

    for path in (exported, out):
        FORMATS["onnx"].check_path(path)
    check_is_new(out)
    if pictures < 1:
        raise InputError(f"pictures: expected >= 1, got {pictures}.")
    model = ExportedModel(exported)
    poses = read_coco(data, "train", model.keypoints)
    with new_file(out) as unfinished:
        quantization.quantize_static(
            str(exported),
            str(unfinished),
            _Pictures(poses, model, pictures),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=_output_convolutions(exported),
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )


class _Pictures:
    """The data set as ONNX Runtime's calibration wants it, one by one."""

    def __init__(self, poses, model, count):
        from training.data.pipeline import evaluation_batches

        self.batches = iter(
            evaluation_batches(
                poses, model.input_size, model.batch_size or 1
            ).take(count)
        )
        self.type = model.input_type

    def get_next(self):
        for images, _ in self.batches:
            return {"images": images.numpy().astype(self.type)}
        return None


def _output_convolutions(exported):
    """Names of the convolutions after which only decoding comes."""
    import onnx

    names, before_some = [], set()
    # A graph's nodes are in order, so backwards each comes after its users.
    for node in reversed(onnx.load(str(exported)).graph.node):
        leads_to_another = not before_some.isdisjoint(node.output)
        if node.op_type == "Conv" and not leads_to_another:
            names.append(node.name)
        if node.op_type == "Conv" or leads_to_another:
            before_some.update(node.input)
    return names


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m training.quantize",
        description="Turn an ONNX file of training.export --poses into one "
        "that calculates in 8 bits; training.evaluate says what it costs.",
    )
    parser.add_argument("exported", help=".onnx file with decoding inside")
    parser.add_argument(
        "--data",
        required=True,
        metavar="DIR",
        help="COCO directory whose training photos show the ranges",
    )
    parser.add_argument("--out", required=True, help="new .onnx file")
    parser.add_argument(
        "--pictures",
        type=int,
        default=PICTURES,
        metavar="N",
        help=f"number of photos ({PICTURES})",
    )
    args = parser.parse_args(argv)
    quantize(args.exported, args.data, args.out, args.pictures)
    print(f"{args.out}: 8-bit convolutions")


if __name__ == "__main__":
    run(main)
