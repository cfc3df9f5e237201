"""Folds batch norms into the convolutions beside them."""

from keras import ops

from keras_drsi.keras_internals import flatten_layers
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.image_layer import ImageLayer


def fold(model):
    """Folds a network's batch norms; see `DRSINet.fold`.

    Args:
        model: `DRSINet`.

    Returns:
        New `DRSINet`.
    """
    folded = type(model).from_config({**model.get_config(), "folded": True})
    if model.folded:
        folded.set_weights(model.get_weights())
    else:
        _copy_common_weights(model, folded)
        _fold_norms(model, folded)
    return folded


def _copy_common_weights(model, folded):
    source = {weight.path: weight for weight in model.weights}
    for weight in folded.weights:
        if weight.path in source:
            weight.assign(ops.convert_to_numpy(source[weight.path]))


def _fold_norms(model, folded):
    pairs = zip(_image_layers(model), _image_layers(folded), strict=True)
    for layer, twin in pairs:
        for convolution, before, after in layer.folds:
            kernel, bias = _fold_into(
                getattr(layer, convolution),
                before and getattr(layer, before),
                after and getattr(layer, after),
            )
            getattr(twin, convolution).kernel.assign(kernel)
            getattr(twin, convolution).bias.assign(bias)


def _image_layers(model):
    return [
        layer
        for layer in flatten_layers(model)
        if isinstance(layer, ImageLayer)
    ]


def _fold_into(convolution, before, after):
    """Kernel and bias of the convolution with the norms folded in, float64.

    A norm before it can be folded exactly for a 1x1 convolution only: others
    see padding, which the norm does not shift.
    """
    kernel = _to_float64(convolution.kernel)
    bias = _to_float64(convolution.bias) if convolution.use_bias else 0.0
    if before:
        scale, shift = map(_to_float64, before.scale_and_shift())
        bias = bias + shift @ kernel[0, 0]
        kernel = kernel * scale[:, None]
    if after:
        scale, shift = map(_to_float64, after.scale_and_shift())
        bias = bias * scale + shift
        if isinstance(convolution, DepthwiseConv):
            scale = scale[:, None]
        kernel = kernel * scale
    return kernel, bias


def _to_float64(tensor):
    return ops.convert_to_numpy(tensor).astype("float64")
