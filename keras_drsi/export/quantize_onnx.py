"""Quantization of the convolutions of an ONNX file."""

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.export.output_convolutions import output_convolutions
from keras_drsi.formats.export_format import INPUT_NAME


def quantize_onnx(exported, out, batches):
    """Quantizes the convolutions of an ONNX file to 8 bits.

    Args:
        exported: path of an ONNX file with decoding inside.
        out: path of the new file.
        batches: iterable of tensors, batches of calibration images.

    Raises:
        InputError: if a convolution does not give finite values.
    """
    from onnxruntime import quantization

    _check_sound(exported, next(iter(batches)).numpy())
    quantization.quantize_static(
        str(exported),
        str(out),
        _CalibrationImages(batches),
        quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=_names_of_output_convolutions(exported),
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
    )


def _check_sound(exported, images):
    """Runs the file with the outputs of its convolutions in sight."""
    import onnx
    import onnxruntime

    model = onnx.load(str(exported))
    names = [n.output[0] for n in model.graph.node if n.op_type == "Conv"]
    del model.graph.output[:]
    model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in names
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    outputs = session.run(names, {INPUT_NAME: images})
    for name, values in zip(names, outputs):
        largest = np.abs(values).max()
        if not np.isfinite(largest):
            raise InputError(
                f"{exported}: inference: expected finite values, got {largest} "
                f"from the convolution {name}."
            )


class _CalibrationImages:
    """Batches with the interface of `quantization.CalibrationDataReader`."""

    def __init__(self, batches):
        self.batches = iter(batches)

    def get_next(self):
        for images in self.batches:
            return {INPUT_NAME: images.numpy()}
        return None


def _names_of_output_convolutions(exported):
    import onnx

    nodes = onnx.load(str(exported)).graph.node
    outputs, _ = output_convolutions(
        [(node.op_type == "Conv", node.input, node.output) for node in nodes]
    )
    return [nodes[index].name for index in outputs]
