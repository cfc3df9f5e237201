"""The pose head: boxes and keypoints for every anchor."""

import math

import keras
import numpy as np
from keras import ops

from keras_drsi.layers.conv_block import ConvBlock, DepthwiseConvBlock
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.pose_vector import FIRST_KEYPOINT, vector_size


@keras.saving.register_keras_serializable(package="keras_drsi")
class PoseHead(ImageLayer):
    """One box convolution and one keypoint branch per level.

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
                self.num_anchors * FIRST_KEYPOINT,
                use_bias=True,
                bias_initializer=ObjectPrior(stride),
                name=f"box_{level}",
            )
            branch = self._make_keypoint_branch(level, shape)
            for layer in (box_conv, *branch):
                layer.build(shape)
            self.box_convs.append(box_conv)
            self.keypoint_branches.append(branch)

    def _make_keypoint_branch(self, level, shape):
        channels = shape[self.channel_axis]
        keypoint_vector_size = vector_size(self.num_keypoints) - FIRST_KEYPOINT
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
                self.num_anchors * keypoint_vector_size,
                use_bias=True,
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
            boxes = self._per_anchor(box_conv(x))
            for layer in branch:
                x = layer(x)
            outputs[level] = ops.concatenate(
                [boxes, self._per_anchor(x)], axis=-1
            )
        return outputs

    def _per_anchor(self, x):
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 2, 3, 1))
        _, height, width, channels = x.shape
        x = ops.reshape(
            x,
            (-1, height, width, self.num_anchors, channels // self.num_anchors),
        )
        return ops.cast(x, "float32")

    def start_from_pose(self, pose, anchors):
        """Makes every anchor's first guess a given pose of its own size.

        Args:
            pose: (K, 2), each keypoint's offset from the centre of its
                person's box, in widths and heights of the box.
            anchors: (levels, A, 2) widths and heights in input pixels.
        """
        for branch, stride, sizes in zip(
            self.keypoint_branches, LEVEL_STRIDES.values(), anchors
        ):
            offsets = np.asarray(sizes)[:, None] * np.asarray(pose)  # (A, K, 2)
            logits = np.zeros((*offsets.shape[:2], 3), "float32")
            # The inverse of 2 * t - 0.5 around the middle of the cell.
            logits[..., :2] = 0.5 + offsets / (2 * stride)
            branch[-1].bias.assign(logits.ravel())

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
                vector_size(self.num_keypoints),
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
    """Bias of the box convolution: objects are rare, and they are persons.

    Objectness starts at 8 objects on an image of 640 x 640 pixels, the class
    at 0.6 of 0.61. Without it the first epochs only learn to say "nothing".

    Args:
        stride: stride of the level in pixels.
    """

    def __init__(self, stride):
        self.stride = stride

    def __call__(self, shape, dtype=None):
        objectness = math.log(8 / (640 / self.stride) ** 2)
        person = math.log(0.6 / 0.01)
        per_anchor = [0.0] * 4 + [objectness, person]
        values = per_anchor * (shape[0] // FIRST_KEYPOINT)
        return ops.convert_to_tensor(values, dtype=dtype)

    def get_config(self):
        return {"stride": self.stride}
