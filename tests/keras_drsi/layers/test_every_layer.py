"""Promises that all layers share; what each computes is tested beside."""

import pytest

from keras_drsi import layers
from tests.layer_checks import check_layer

CASES = {
    "Conv": {"filters": 8, "kernel_size": 3, "strides": 2, "use_bias": True},
    "ConvBlock": {"filters": 8, "kernel_size": 3, "strides": 2},
    "DepthwiseConvBlock": {"kernel_size": 5},
    "DepthwiseConv": {"kernel_size": 5, "use_bias": True},
    "Focus": {"filters": 8, "kernel_size": 1},
    "SPP": {"filters": 24},
    "Bottleneck": {"shortcut": False},
    "InvertedBottleneck": {"expansion": 2},
    "GnConv": {"order": 3, "kernel_size": 5},
    "ResGnConv": {"order": 3, "kernel_size": 5, "residual_divisor": 1.5},
    "Gate": {"filters": 8},
    "DRSIBlock": {"order": 3, "residual_divisor": 1.5, "expansion": 2},
    "HorBlock": {"order": 3, "mlp_ratio": 2, "layer_scale": 0.5},
    "RHorBlock": {
        "order": 3,
        "mlp_ratio": 2,
        "layer_scale": 0.5,
        "residual_divisor": 1.5,
    },
    "TransformerBlock": {"head_size": 8, "mlp_ratio": 2, "layer_scale": 0.5},
    "C3": {
        "filters": 24,
        "repeats": 2,
        "block_type": "hor",
        "block_config": {"order": 1},
        "remat": True,
    },
    "C3DR": {
        "filters": 16,
        "repeats": 2,
        "order": 1,
        "residual_divisor": 1.5,
        "remat": True,
    },
    "ChannelAttention": {"reduction": 4},
    "SpatialAttention": {"kernel_size": 3},
    "CBAM": {"reduction": 4, "kernel_size": 3},
    "CBAMConv": {"filters": 16, "kernel_size": 3, "strides": 2},
    "SpatialInteractionConv": {
        "filters": 8,
        "order": 3,
        "residual_divisor": 1.5,
    },
}


@pytest.mark.parametrize("name", CASES)
def test_layer(name):
    check_layer(getattr(layers, name), CASES[name])


def test_every_layer_is_tested():
    public = {name for name in dir(layers) if name[0].isupper()}
    tested_beside = {"BatchNorm", "ChannelNorm", "FanInUniform"}
    assert public - tested_beside == set(CASES)
