"""The pose head: boxes and keypoints for every anchor."""

import math

import keras
import numpy as np
from keras import ops

from keras_drsi.layers.conv_block import ConvBlock, DepthwiseConvBlock
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.pose_vector import (
    CLASS,
    FIRST_KEYPOINT,
    OBJECTNESS,
    vector_size,
)


@keras.saving.register_keras_serializable(package="keras_drsi")
class PoseHead(ImageLayer):
    """One box convolution and one keypoint branch per level.

    The channels of both are set in a row and then dealt out to the anchors,
    as in YOLO-Pose, whose weights fit therefore. The box convolution's serve
    the first anchor's box and first keypoints; the rest comes from the
    keypoint branch.

    Args:
        num_keypoints: number K of keypoints.
        num_anchors: anchors per position, A.
        keypoint_depth: number of [3x3 depthwise Conv, 1x1 Conv] pairs in the
            keypoint branch, whose last 1x1 is the bare output convolution.
            6 is the deep head of size s, 0 the plain one of m and l.
        data_format: `"channels_last"` or `"channels_first"` of the input.

    Input shape:
        Dict of maps, finest first ("P3" to "P6").

    Output shape:
        Dict with the same keys: (B, H, W, A, 6 + 3K) in float32, whatever
        the data format and precision; on the last axis x, y, w, h,
        objectness, class, then K times x, y, confidence, all before
        activation.
    """

    def __init__(
        self,
        num_keypoints,
        num_anchors=3,
        keypoint_depth=6,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.num_keypoints = num_keypoints
        self.num_anchors = num_anchors
        self.keypoint_depth = keypoint_depth

    def build(self, input_shape):
        self.box_convs, self.keypoint_branches = [], []
        for level, stride in LEVEL_STRIDES.items():
            shape = tuple(input_shape[level])
            box_conv = self.conv(
                self.box_channels,
                use_bias=True,
                bias_initializer=ObjectPrior(stride, self.vector_size),
                name=f"box_{level}",
            )
            branch = self._make_keypoint_branch(level, stride, shape)
            for layer in (box_conv, *branch):
                layer.build(shape)
            self.box_convs.append(box_conv)
            self.keypoint_branches.append(branch)

    @property
    def vector_size(self):
        return vector_size(self.num_keypoints)

    @property
    def box_channels(self):
        return self.num_anchors * FIRST_KEYPOINT

    def _make_keypoint_branch(self, level, stride, shape):
        channels = shape[self.channel_axis]
        branch = []
        for index in range(self.keypoint_depth):
            if index:
                branch.append(
                    ConvBlock(
                        channels,
                        name=f"keypoint_{level}_pointwise_{index}",
                        **self.shared_config,
                    )
                )
            branch.append(
                DepthwiseConvBlock(
                    3,
                    name=f"keypoint_{level}_depthwise_{index + 1}",
                    **self.shared_config,
                )
            )
        branch.append(
            self.conv(
                self.num_anchors * self.vector_size - self.box_channels,
                use_bias=True,
                bias_initializer=ObjectPrior(
                    stride, self.vector_size, self.box_channels
                ),
                name=f"keypoint_{level}",
            )
        )
        return branch

    def call(self, maps):
        outputs = {}
        for level, box_conv, branch in zip(
            LEVEL_STRIDES, self.box_convs, self.keypoint_branches
        ):
            x = maps[level]
            boxes = box_conv(x)
            for layer in branch:
                x = layer(x)
            outputs[level] = self._per_anchor(self.concat([boxes, x]))
        return outputs

    def _per_anchor(self, x):
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 2, 3, 1))
        _, height, width, _ = x.shape
        x = ops.reshape(
            x, (-1, height, width, self.num_anchors, self.vector_size)
        )
        return ops.cast(x, "float32")

    def start_from_pose(self, pose, anchors):
        """Makes every anchor's first guess a given pose of its own size.

        Args:
            pose: (K, 2), each keypoint's offset from the centre of its
                person's box, in widths and heights of the box.
            anchors: (levels, A, 2) widths and heights in input pixels.
        """
        for box_conv, branch, stride, sizes in zip(
            self.box_convs,
            self.keypoint_branches,
            LEVEL_STRIDES.values(),
            anchors,
        ):
            offsets = np.asarray(sizes)[:, None] * np.asarray(pose)  # (A, K, 2)
            logits = np.zeros((*offsets.shape[:2], 3), "float32")
            # The inverse of 2 * t - 0.5 around the middle of the cell.
            logits[..., :2] = 0.5 + offsets / (2 * stride)
            biases = [box_conv.bias, branch[-1].bias]
            vectors = np.concatenate(
                [ops.convert_to_numpy(bias) for bias in biases]
            ).reshape(self.num_anchors, self.vector_size)
            vectors[:, FIRST_KEYPOINT:] = logits.reshape(self.num_anchors, -1)
            parts = np.split(vectors.ravel(), [self.box_channels])
            for bias, values in zip(biases, parts):
                bias.assign(values)

    def compute_output_shape(self, input_shape):
        outputs = {}
        for level, shape in input_shape.items():
            batch, height, width = shape[:3]
            if self.data_format == "channels_first":
                height, width = shape[2:]
            outputs[level] = (
                batch,
                height,
                width,
                self.num_anchors,
                self.vector_size,
            )
        return outputs

    def compute_output_spec(self, maps):
        shapes = self.compute_output_shape(
            {level: x.shape for level, x in maps.items()}
        )
        return {
            level: keras.KerasTensor(shape, dtype="float32")
            for level, shape in shapes.items()
        }

    def get_config(self):
        return {
            **super().get_config(),
            "num_keypoints": self.num_keypoints,
            "num_anchors": self.num_anchors,
            "keypoint_depth": self.keypoint_depth,
        }


@keras.saving.register_keras_serializable(package="keras_drsi")
class ObjectPrior(keras.initializers.Initializer):
    """Bias of the output channels: objects are rare, and they are persons.

    Objectness starts at 8 objects on an image of 640 x 640 pixels, the class
    at 0.6 of 0.61, all else at 0. Without it the first epochs only learn to
    say "nothing".

    Args:
        stride: stride of the level in pixels.
        vector_size: channels of one anchor.
        first_channel: where the bias stands in the row of all channels.
    """

    def __init__(self, stride, vector_size, first_channel=0):
        self.stride = stride
        self.vector_size = vector_size
        self.first_channel = first_channel

    def __call__(self, shape, dtype=None):
        vector = np.zeros(self.vector_size)
        vector[OBJECTNESS] = math.log(8 / (640 / self.stride) ** 2)
        vector[CLASS] = math.log(0.6 / 0.01)
        channels = self.first_channel + np.arange(shape[0])
        return ops.convert_to_tensor(
            vector[channels % self.vector_size], dtype=dtype
        )

    def get_config(self):
        return {
            "stride": self.stride,
            "vector_size": self.vector_size,
            "first_channel": self.first_channel,
        }
