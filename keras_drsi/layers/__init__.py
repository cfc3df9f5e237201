"""Layers of DRSI-Net and of the networks it is compared with."""

from keras_drsi.layers.batch_norm import BatchNorm
from keras_drsi.layers.bottleneck import Bottleneck
from keras_drsi.layers.c3 import C3, C3DR
from keras_drsi.layers.cbam import (
    CBAM,
    CBAMConv,
    ChannelAttention,
    SpatialAttention,
)
from keras_drsi.layers.channel_norm import ChannelNorm
from keras_drsi.layers.conv import Conv
from keras_drsi.layers.conv_block import ConvBlock, DepthwiseConvBlock
from keras_drsi.layers.depthwise_conv import DepthwiseConv
from keras_drsi.layers.drsi_block import DRSIBlock
from keras_drsi.layers.fan_in_uniform import FanInUniform
from keras_drsi.layers.focus import Focus
from keras_drsi.layers.gnconv import GnConv
from keras_drsi.layers.hor_block import HorBlock, RHorBlock
from keras_drsi.layers.inverted_bottleneck import InvertedBottleneck
from keras_drsi.layers.res_gnconv import Gate, ResGnConv
from keras_drsi.layers.spatial_interaction_conv import SpatialInteractionConv
from keras_drsi.layers.spp import SPP
from keras_drsi.layers.transformer_block import TransformerBlock
