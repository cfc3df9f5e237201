"""The layers of DRSI-Net in plain PyTorch, named as the Keras ones."""

import torch
from torch import nn
from torch.nn import functional

from benchmarks.torch_yolo_pose import squares_to_channels, with_maxima
from keras_drsi.layers.gnconv import divide_channels


def conv2d(inputs, outputs, kernel=1, stride=1, groups=1, bias=False):
    return nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias
    )


def batch_norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.03)


class Conv(nn.Module):
    """Convolution, batch norm, SiLU."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1):
        super().__init__()
        self.conv = conv2d(inputs, outputs, kernel, stride, groups)
        self.norm = batch_norm(outputs)

    def forward(self, x):
        return functional.silu(self.norm(self.conv(x)))


class Focus(nn.Module):
    """Each 2x2 square of pixels into channels, then a convolution."""

    def __init__(self, outputs):
        super().__init__()
        self.conv = Conv(12, outputs, 3)

    def forward(self, x):
        return self.conv(squares_to_channels(x))


class Bottleneck(nn.Module):
    """1x1 and 3x3 convolution, without a shortcut."""

    name = "bottleneck"

    def __init__(self, channels):
        super().__init__()
        self.pointwise = Conv(channels, channels)
        self.spatial = Conv(channels, channels, 3)

    def forward(self, x):
        return self.spatial(self.pointwise(x))


class InvertedBottleneck(nn.Module):
    """Eq. 7, its norms and activations before the convolutions."""

    def __init__(self, channels, expansion=4):
        super().__init__()
        inner = expansion * channels
        self.expand_norm = batch_norm(channels)
        self.expand = conv2d(channels, inner)
        self.depthwise_norm = batch_norm(inner)
        self.depthwise = conv2d(inner, inner, 3, groups=inner)
        self.project_norm = batch_norm(inner)
        self.project = conv2d(inner, channels)

    def forward(self, x):
        y = self.expand(self.expand_norm(x))
        y = self.depthwise(functional.gelu(self.depthwise_norm(y)))
        return x + self.project(functional.gelu(self.project_norm(y)))


class Gate(nn.Module):
    """Eq. 6."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = conv2d(inputs, outputs, bias=True)
        self.norm = batch_norm(outputs)

    def forward(self, x):
        return functional.silu(self.norm(self.linear(x)))


class ResGnConv(nn.Module):
    """Eqs. 3 to 6 with λ = 2."""

    def __init__(self, channels, order=2):
        super().__init__()
        self.groups = divide_channels(channels, order)
        total = sum(self.groups)
        self.project_in = conv2d(channels, 2 * channels, bias=True)
        self.depthwise = conv2d(total, total, 7, groups=total, bias=True)
        for k in range(1, order):
            gate = Gate(self.groups[k - 1], self.groups[k])
            self.add_module(f"gate_{k}", gate)
        self.project_out = conv2d(channels, channels, bias=True)

    def forward(self, x):
        first = self.groups[0]
        p, q = self.project_in(x).split([first, sum(self.groups)], 1)
        *inner, last = self.depthwise(q).split(self.groups, 1)
        for k, neighbor in enumerate(inner, start=1):
            gate = getattr(self, f"gate_{k}")
            p = (torch.cat([p, neighbor], 1) + gate(neighbor * p)) / 2
        return self.project_out(last * p)


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of NCHW maps."""

    def __init__(self, channels):
        super().__init__(channels, eps=1e-6)

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class DRSIBlock(nn.Module):
    """Eq. 8."""

    name = "drsi"

    def __init__(self, channels):
        super().__init__()
        self.bottleneck = InvertedBottleneck(channels)
        self.norm = ChannelNorm(channels)
        self.interaction = ResGnConv(channels)

    def forward(self, x):
        x = self.bottleneck(x)
        return x + self.interaction(self.norm(x))


class C3(nn.Module):
    """Cross-stage module over blocks."""

    def __init__(self, inputs, outputs, block, repeats):
        super().__init__()
        half = outputs // 2
        self.blocks_in = Conv(inputs, half)
        self.bypass = Conv(inputs, half)
        self.block_names = [f"{block.name}_{i}" for i in range(repeats)]
        for name in self.block_names:
            self.add_module(name, block(half))
        self.fuse = Conv(2 * half, outputs)

    def forward(self, x):
        y = self.blocks_in(x)
        for name in self.block_names:
            y = getattr(self, name)(y)
        return self.fuse(torch.cat([y, self.bypass(x)], 1))


class SPP(nn.Module):
    """Maxima over 3x3, 5x5 and 7x7 windows beside the map itself."""

    def __init__(self, channels):
        super().__init__()
        self.reduce = Conv(channels, channels // 2)
        self.fuse = Conv(2 * channels, channels)

    def forward(self, x):
        return self.fuse(with_maxima(self.reduce(x)))


class ChannelAttention(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.squeeze = conv2d(channels, hidden)
        self.excite = conv2d(hidden, channels)

    def forward(self, x):
        pooled = (x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True))
        weights = [self.excite(self.squeeze(p).relu()) for p in pooled]
        return x * torch.sigmoid(sum(weights))


class SpatialAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv2d(2, 1, 7)

    def forward(self, x):
        pooled = (x.mean(1, keepdim=True), x.amax(1, keepdim=True))
        return x * torch.sigmoid(self.conv(torch.cat(pooled, 1)))


class CBAM(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channel = ChannelAttention(channels)
        self.spatial = SpatialAttention()

    def forward(self, x):
        return self.spatial(self.channel(x))


class CBAMConv(Conv):
    """Conv followed by CBAM."""

    def __init__(self, inputs, outputs, kernel=1, stride=1):
        super().__init__(inputs, outputs, kernel, stride)
        self.attention = CBAM(outputs)

    def forward(self, x):
        return self.attention(super().forward(x))
