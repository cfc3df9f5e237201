"""8-bit convolutions in an ONNX file."""

from training.export_formats import INPUT_NAME


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
        nodes_to_exclude=_output_convolutions(exported),
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
