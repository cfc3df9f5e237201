"""Parameters and multiply-accumulates of a network."""

import dataclasses
import math

import keras

from keras_drsi.keras_internals import flatten_layers
from keras_drsi.layers.cbam import ChannelAttention
from keras_drsi.models.pan import PAN


@dataclasses.dataclass(frozen=True)
class ModelCost:
    """Cost of one image.

    Args:
        params: number of trainable parameters.
        conv_macs: multiply-accumulates of the convolutions alone.
        paper_macs: the same with what the paper's counter adds: four per
            element of each batch norm's output, one per element of each
            upsampling's and about one per element of each average
            pooling's input.
    """

    params: int
    conv_macs: int
    paper_macs: int


def measure_cost(model):
    """Measures the cost of a `DRSINet` or `CSDRNet` for its input size.

    Args:
        model: Built model.

    Returns:
        `ModelCost`.

    Example:

    >>> from keras_drsi import DRSINet
    >>> model = DRSINet.from_preset("drsi_net_s", input_size=640)
    >>> measure_cost(model).params
    15428184

    Reference:
        The convention is that of the thop counter (0.1.1), with which the
        GMACS of the paper's tables are reproduced to their printed digits.
    """
    layers = flatten_layers(model)[1:]
    conv_macs = sum(map(_conv_macs, layers)) + sum(map(_reused_macs, layers))
    return ModelCost(
        params=sum(math.prod(w.shape) for w in model.trainable_weights),
        conv_macs=conv_macs,
        paper_macs=conv_macs + sum(map(_other_operations, layers)),
    )


def _conv_macs(layer):
    """Output elements times the kernel elements that reach each of them."""
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        kernel = math.prod(layer.kernel.shape[:2])
    elif isinstance(layer, keras.layers.Conv2D):
        kernel = math.prod(layer.kernel.shape[:3])
    else:
        return 0
    return kernel * _elements(layer.compute_output_shape(_input_shape(layer)))


def _reused_macs(layer):
    """The MLP of channel attention runs twice, on mean and on maximum."""
    if isinstance(layer, ChannelAttention):
        return _conv_macs(layer.squeeze) + _conv_macs(layer.excite)
    return 0


def _other_operations(layer):
    if isinstance(layer, keras.layers.BatchNormalization):
        return 4 * _elements(_input_shape(layer))
    if isinstance(layer, ChannelAttention):
        shape = _input_shape(layer)
        return _elements(shape) + shape[layer.channel_axis]
    if isinstance(layer, PAN):
        # Each lateral's output grows fourfold by the upsampling.
        return sum(
            4 * _elements(lateral.compute_output_shape(_input_shape(lateral)))
            for lateral in layer.laterals
        )
    return 0


def _input_shape(layer):
    return layer.get_build_config()["input_shape"]


def _elements(shape):
    return math.prod(shape[1:])
