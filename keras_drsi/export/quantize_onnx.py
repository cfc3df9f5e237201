"""8-bit convolutions in an ONNX file."""

from keras_drsi.export.output_convolutions import output_convolutions
from keras_drsi.formats.export_format import INPUT_NAME


def quantize_onnx(exported, out, batches):
    """Writes an ONNX file with 8-bit convolutions.

    Args:
        exported: path of an ONNX file with decoding inside.
        out: path of the new one.
        batches: iterable of tensors, as the file takes them.
    """
    from onnxruntime import quantization

    quantization.quantize_static(
        str(exported),
        str(out),
        _Pictures(batches),
        quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=_names_of_output_convolutions(exported),
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
    )


class _Pictures:
    """Batches as ONNX Runtime's calibration wants them, one by one."""

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
