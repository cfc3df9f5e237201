"""YOLO-Pose in plain PyTorch, a reference for the Keras networks.

The tensors have the names that `yolo_pose_tensors` writes.
"""

import torch
from torch import nn
from torch.nn import functional

from keras_drsi.head_layout import FIRST_KEYPOINT, vector_size
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.csdr_net import (
    LAST_BLOCKS,
    LAST_CHANNELS,
    STAGE_BLOCKS,
    STAGE_CHANNELS,
    STEM_CHANNELS,
    scale_channels,
    scale_repeats,
)

NECK_BLOCKS = 3
ANCHORS = 3


class TorchYoloPose(nn.Module):
    """YOLO-Pose, from images in [0, 1] to raw head maps.

    Args:
        width: float, factor on the number of channels.
        depth: float, factor on the number of blocks.
        keypoint_depth: integer, 6 for the deep keypoint head, 0 for the
            plain one.
        num_keypoints: integer, the number K of keypoints.

    Input shape:
        (B, 3, height, width), sides multiples of 64.

    Output shape:
        List of (B, height / stride, width / stride, 3, 6 + 3K), finest first.

    Example:

    >>> from keras_drsi import DRSINet
    >>> network = TorchYoloPose(0.5, 0.33)
    >>> network.load_keras(DRSINet.from_preset("yolo_pose_s"))
    """

    def __init__(self, width, depth, keypoint_depth=6, num_keypoints=17):
        super().__init__()
        stem, c2, c3, c4, c5, c6 = (
            scale_channels(channels, width)
            for channels in (STEM_CHANNELS, *STAGE_CHANNELS, LAST_CHANNELS)
        )
        n1, n2, n3, n4 = (scale_repeats(n, depth) for n in STAGE_BLOCKS)
        last = scale_repeats(LAST_BLOCKS, depth)
        neck = scale_repeats(NECK_BLOCKS, depth)

        def fusion(inputs, outputs):
            return C3(inputs, outputs, neck, shortcut=False)

        # Upsampling and concatenation are numbered too.
        free = nn.Identity
        self.model = nn.ModuleList(
            [
                *(Focus(stem), Conv(stem, c2, 3, 2), C3(c2, c2, n1)),
                *(Conv(c2, c3, 3, 2), C3(c3, c3, n2)),  # 4: P3
                *(Conv(c3, c4, 3, 2), C3(c4, c4, n3)),  # 6: P4
                *(Conv(c4, c5, 3, 2), C3(c5, c5, n4)),  # 8: P5
                *(Conv(c5, c6, 3, 2), SPP(c6), C3(c6, c6, last, False)),
                *(Conv(c6, c5), free(), free(), fusion(2 * c5, c5)),  # 15
                *(Conv(c5, c4), free(), free(), fusion(2 * c4, c4)),  # 19
                *(Conv(c4, c3), free(), free(), fusion(2 * c3, c3)),  # 23
                *(Conv(c3, c3, 3, 2), free(), fusion(2 * c3, c4)),  # 26
                *(Conv(c4, c4, 3, 2), free(), fusion(2 * c4, c5)),  # 29
                *(Conv(c5, c5, 3, 2), free(), fusion(2 * c5, c6)),  # 32
                Head((c3, c4, c5, c6), keypoint_depth, num_keypoints),
            ]
        )

    def forward(self, x):
        layers = self.model
        features = {}
        for index in range(12):
            x = features[index] = layers[index](x)
        reduced = []
        for conv, fusion, finer in ((12, 15, 8), (16, 19, 6), (20, 23, 4)):
            x = layers[conv](x)
            reduced.append(x)
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = layers[fusion](torch.cat([x, features[finer]], 1))
        outputs = [x]
        for conv, fusion in ((24, 26), (27, 29), (30, 32)):
            x = torch.cat([layers[conv](x), reduced.pop()], 1)
            x = layers[fusion](x)
            outputs.append(x)
        return layers[33](outputs)

    def load_keras(self, model):
        """Loads the weights of a Keras `yolo_pose_*` network.

        Args:
            model: `DRSINet` of the same size.
        """
        from keras_drsi.checkpoints import yolo_pose_tensors

        tensors = {
            name: torch.from_numpy(array)
            for name, array in yolo_pose_tensors(model).items()
        }
        load_all_but_counters(self, tensors)


def load_all_but_counters(network, tensors):
    """Loads a state dict that may lack only the `num_batches_tracked`.

    Args:
        network: module.
        tensors: dict of names and tensors.
    """
    counters = {
        name: tensor
        for name, tensor in network.state_dict().items()
        if name.endswith("num_batches_tracked")
    }
    network.load_state_dict({**counters, **tensors}, strict=True)


def squares_to_channels(x):
    """Space-to-depth by 2, with channels in the order of the YOLO family."""
    corners = ((0, 0), (1, 0), (0, 1), (1, 1))
    return torch.cat([x[..., i::2, j::2] for i, j in corners], 1)


def with_maxima(x):
    """Concatenates a map with its 3x3, 5x5 and 7x7 max pooling."""
    pools = [functional.max_pool2d(x, size, 1, size // 2) for size in (3, 5, 7)]
    return torch.cat([x, *pools], 1)


class Conv(nn.Module):
    """Convolution, batch norm, SiLU."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride,
            padding=kernel // 2,
            groups=groups,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)

    def forward(self, x):
        return functional.silu(self.bn(self.conv(x)))


class Focus(nn.Module):
    """Each 2x2 square of pixels into channels, then a convolution."""

    def __init__(self, outputs):
        super().__init__()
        self.conv = Conv(12, outputs, 3)

    def forward(self, x):
        return self.conv(squares_to_channels(x))


class Bottleneck(nn.Module):
    """1x1 and 3x3 convolution, with or without a shortcut."""

    def __init__(self, channels, shortcut):
        super().__init__()
        self.cv1 = Conv(channels, channels)
        self.cv2 = Conv(channels, channels, 3)
        self.shortcut = shortcut

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.shortcut else y


class C3(nn.Module):
    """Cross-stage module over bottlenecks."""

    def __init__(self, inputs, outputs, blocks, shortcut=True):
        super().__init__()
        half = outputs // 2
        self.cv1 = Conv(inputs, half)
        self.cv2 = Conv(inputs, half)
        self.cv3 = Conv(2 * half, outputs)
        self.m = nn.Sequential(
            *(Bottleneck(half, shortcut) for _ in range(blocks))
        )

    def forward(self, x):
        return self.cv3(torch.cat([self.m(self.cv1(x)), self.cv2(x)], 1))


class SPP(nn.Module):
    """Maxima over 3x3, 5x5 and 7x7 windows beside the map itself."""

    def __init__(self, channels):
        super().__init__()
        self.cv1 = Conv(channels, channels // 2)
        self.cv2 = Conv(2 * channels, channels)

    def forward(self, x):
        return self.cv2(with_maxima(self.cv1(x)))


class Head(nn.Module):
    """The box convolution and the keypoint branch of every level."""

    def __init__(self, channels, keypoint_depth, num_keypoints):
        super().__init__()
        self.vector_size = vector_size(num_keypoints)
        boxes = ANCHORS * FIRST_KEYPOINT
        keypoints = ANCHORS * self.vector_size - boxes
        self.m = nn.ModuleList(nn.Conv2d(c, boxes, 1) for c in channels)
        self.m_kpt = nn.ModuleList(
            _keypoint_branch(c, keypoints, keypoint_depth) for c in channels
        )
        levels = len(LEVEL_STRIDES)
        self.register_buffer("anchors", torch.zeros(levels, ANCHORS, 2))
        self.register_buffer(
            "anchor_grid", torch.zeros(levels, 1, ANCHORS, 1, 1, 2)
        )

    def forward(self, maps):
        return [
            self._per_anchor(torch.cat([box_conv(x), branch(x)], 1))
            for x, box_conv, branch in zip(maps, self.m, self.m_kpt)
        ]

    def _per_anchor(self, x):
        batch, _, height, width = x.shape
        x = x.view(batch, ANCHORS, self.vector_size, height, width)
        return x.permute(0, 3, 4, 1, 2)


def _keypoint_branch(channels, outputs, depth):
    output = nn.Conv2d(channels, outputs, 1)
    if not depth:
        return output
    layers = []
    for _ in range(depth):
        layers.append(Conv(channels, channels, 3, groups=channels))
        layers.append(Conv(channels, channels))
    return nn.Sequential(*layers[:-1], output)
