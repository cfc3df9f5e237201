"""Batch norms folded into the convolutions beside them."""

from keras import ops

from keras_drsi.keras_internals import flatten_layers
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.image_layer import ImageLayer


def fuse(model):
    """The same network without batch norms; see `DRSINet.fuse`.

    Args:
        model: `DRSINet`.

    Returns:
        a new `DRSINet`.
    """
    fused = type(model).from_config({**model.get_config(), "fused": True})
    if model.fused:
        fused.set_weights(model.get_weights())
        return fused
    _copy_numbers(model, fused)
    pairs = zip(_image_layers(model), _image_layers(fused), strict=True)
    for layer, twin in pairs:
        for convolution, before, after in layer.folds:
            kernel, bias = _folded(
                getattr(layer, convolution),
                before and getattr(layer, before),
                after and getattr(layer, after),
            )
            getattr(twin, convolution).kernel.assign(kernel)
            getattr(twin, convolution).bias.assign(bias)
    return fused


def _copy_numbers(model, fused):
    given = {weight.path: weight for weight in model.weights}
    for weight in fused.weights:
        if weight.path in given:
            weight.assign(ops.convert_to_numpy(given[weight.path]))


def _image_layers(model):
    return [
        layer
        for layer in flatten_layers(model)
        if isinstance(layer, ImageLayer)
    ]


def _folded(convolution, before, after):
    """Kernel and bias, in float64, with the norms taken over.

    A norm before is taken over exactly by 1x1 convolutions only: others see
    padding, which no norm has touched.
    """
    kernel = _numbers(convolution.kernel)
    bias = _numbers(convolution.bias) if convolution.use_bias else 0.0
    if before:
        factor, summand = map(_numbers, before.scale_and_shift())
        bias = bias + summand @ kernel[0, 0]
        kernel = kernel * factor[:, None]
    if after:
        factor, summand = map(_numbers, after.scale_and_shift())
        bias = bias * factor + summand
        if isinstance(convolution, DepthwiseConv):
            factor = factor[:, None]
        kernel = kernel * factor
    return kernel, bias


def _numbers(tensor):
    return ops.convert_to_numpy(tensor).astype("float64")
