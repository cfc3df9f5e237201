"""DRSI-Net in plain PyTorch, the reference for speed of the Keras network.

Modules are named after the Keras layers, to load their weights. It is written
in idiomatic PyTorch, with NCHW tensors whose memory format follows the input.
"""

import copy

import keras
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from benchmarks.torch_drsi_layers import (
    C3,
    SPP,
    Bottleneck,
    CBAMConv,
    Conv,
    DRSIBlock,
    Focus,
    Gate,
    InvertedBottleneck,
    conv2d,
)
from benchmarks.torch_yolo_pose import load_all_but_counters
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
LEVELS = tuple(LEVEL_STRIDES)


class TorchDRSINet(nn.Module):
    """CSDR-Net, CBAM-PAN and the pose head; images in 0..1 to raw head maps.

    Args:
        width: float, factor on the number of channels.
        depth: float, factor on the number of blocks.
        keypoint_depth: integer, 6 for the deep keypoint head, 0 for the
            plain one.
        num_keypoints: integer, the number K of keypoints.

    Input shape:
        (B, 3, height, width), sides multiples of 64.

    Output shape:
        Dict of "P3" to "P6", each (B, height / stride, width / stride, 3,
        6 + 3K).

    Example:

    >>> from keras_drsi import DRSINet
    >>> network = TorchDRSINet(0.5, 0.33)
    >>> network.load_keras(DRSINet.from_preset("drsi_net_s"))
    """

    def __init__(self, width, depth, keypoint_depth=6, num_keypoints=17):
        super().__init__()
        stem, *channels = (
            scale_channels(c, width)
            for c in (STEM_CHANNELS, *STAGE_CHANNELS, LAST_CHANNELS)
        )
        self.stem = Focus(stem)
        before = stem
        for index, blocks in enumerate(STAGE_BLOCKS):
            here = channels[index]
            stage = C3(here, here, DRSIBlock, scale_repeats(blocks, depth))
            self.add_module(f"stage_{index + 1}_down", Conv(before, here, 3, 2))
            self.add_module(f"stage_{index + 1}", stage)
            before = here
        last = channels[-1]
        self.stage_5_down = Conv(before, last, 3, 2)
        self.stage_5_pool = SPP(last)
        self.stage_5 = C3(
            last, last, Bottleneck, scale_repeats(LAST_BLOCKS, depth)
        )
        self.neck = CBAMPAN(channels[1:], scale_repeats(NECK_BLOCKS, depth))
        self.head = Head(channels[1:], keypoint_depth, num_keypoints)

    def forward(self, x):
        x = self.stage_1(self.stage_1_down(self.stem(x)))
        p3 = self.stage_2(self.stage_2_down(x))
        p4 = self.stage_3(self.stage_3_down(p3))
        p5 = self.stage_4(self.stage_4_down(p4))
        p6 = self.stage_5(self.stage_5_pool(self.stage_5_down(p5)))
        return self.head(self.neck([p3, p4, p5, p6]))

    def load_keras(self, model):
        """Loads the weights of a `DRSINet` of the same configuration."""
        tensors = {
            torch_name(weight.path): torch.from_numpy(torch_array(weight))
            for weight in model.weights
        }
        load_all_but_counters(self, tensors)

    def folded(self):
        """A copy for inference, with batch norms folded into convolutions.

        Except for the first one of inverted bottlenecks: PyTorch only folds
        batch norms that follow a convolution.
        """
        network = copy.deepcopy(self).eval()
        for module in network.modules():
            if isinstance(module, Conv):
                module.conv = fuse_conv_bn_eval(module.conv, module.norm)
                module.norm = nn.Identity()
            elif isinstance(module, Gate):
                module.linear = fuse_conv_bn_eval(module.linear, module.norm)
                module.norm = nn.Identity()
            elif isinstance(module, InvertedBottleneck):
                module.expand = fuse_conv_bn_eval(
                    module.expand, module.depthwise_norm
                )
                module.depthwise = fuse_conv_bn_eval(
                    module.depthwise, module.project_norm
                )
                module.depthwise_norm = module.project_norm = nn.Identity()
        return network


NAMES = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def torch_name(path):
    """Converts `stage_1/norm/gamma` to `stage_1.norm.weight`."""
    *layers, last = path.split("/")
    return ".".join([*layers, NAMES.get(last, last)])


def torch_array(weight):
    """Converts a Keras weight to the axis order of PyTorch."""
    array = keras.ops.convert_to_numpy(weight)
    if array.ndim == 4:
        depthwise = "depthwise" in weight.path
        array = array.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    return np.ascontiguousarray(array)


class CBAMPAN(nn.Module):
    """Path aggregation with attention (Sec. 3.5.1)."""

    def __init__(self, channels, blocks):
        super().__init__()
        for i in reversed(range(3)):
            here, above, level = channels[i], channels[i + 1], LEVELS[i]
            fusion = C3(2 * here, here, Bottleneck, blocks)
            self.add_module(f"lateral_{level}", CBAMConv(above, here))
            self.add_module(f"top_down_{level}", fusion)
        for i in range(3):
            here, above, level = channels[i], channels[i + 1], LEVELS[i + 1]
            fusion = C3(2 * here, above, Bottleneck, blocks)
            down = CBAMConv(here, here, 3, 2)
            self.add_module(f"downsample_{level}", down)
            self.add_module(f"bottom_up_{level}", fusion)

    def forward(self, maps):
        *finer, x = maps
        reduced = []
        for level in reversed(LEVELS[:-1]):
            x = getattr(self, f"lateral_{level}")(x)
            reduced.append(x)
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = torch.cat([x, finer.pop()], 1)
            x = getattr(self, f"top_down_{level}")(x)
        outputs = [x]
        for level in LEVELS[1:]:
            x = getattr(self, f"downsample_{level}")(x)
            x = torch.cat([x, reduced.pop()], 1)
            x = getattr(self, f"bottom_up_{level}")(x)
            outputs.append(x)
        return outputs


class Head(nn.Module):
    """The box convolution and the keypoint branch of every level."""

    def __init__(self, channels, keypoint_depth, num_keypoints):
        super().__init__()
        boxes = ANCHORS * FIRST_KEYPOINT
        keypoints = ANCHORS * vector_size(num_keypoints) - boxes
        self.branches = []
        for here, level in zip(channels, LEVELS):
            self.add_module(f"box_{level}", conv2d(here, boxes, bias=True))
            names = []
            for index in range(1, keypoint_depth + 1):
                names.append(f"keypoint_{level}_depthwise_{index}")
                self.add_module(names[-1], Conv(here, here, 3, groups=here))
                if index < keypoint_depth:
                    names.append(f"keypoint_{level}_pointwise_{index}")
                    self.add_module(names[-1], Conv(here, here))
            names.append(f"keypoint_{level}")
            self.add_module(names[-1], conv2d(here, keypoints, bias=True))
            self.branches.append(names)

    def forward(self, maps):
        outputs = {}
        for x, level, names in zip(maps, LEVELS, self.branches):
            boxes = getattr(self, f"box_{level}")(x)
            for name in names:
                x = getattr(self, name)(x)
            outputs[level] = torch.cat(
                [self._per_anchor(boxes), self._per_anchor(x)], -1
            )
        return outputs

    def _per_anchor(self, x):
        batch, channels, height, width = x.shape
        x = x.view(batch, ANCHORS, channels // ANCHORS, height, width)
        return x.permute(0, 3, 4, 1, 2)
