"""Pose head: a box and keypoints for every anchor."""

import math

import keras
import numpy as np
from keras import ops

from keras_drsi.head_layout import (
    CLASS,
    FIRST_KEYPOINT,
    OBJECTNESS,
    vector_size,
)
from keras_drsi.layers.conv_block import ConvBlock, DepthwiseConvBlock
from keras_drsi.layers.image_layer import ImageLayer
from keras_drsi.levels import LEVEL_STRIDES


@keras.saving.register_keras_serializable(package="keras_drsi")
class PoseHead(ImageLayer):
    """Pose head with a box convolution and a keypoint branch per level.

    Args:
        num_keypoints: Integer K, number of keypoints.
        num_anchors: Integer A, number of anchors per cell. Defaults to `3`.
        keypoint_depth: Integer, number of pairs of 3x3 depthwise Conv and 1x1
            Conv in the keypoint branch; the last 1x1 is the output
            convolution. 6 is the deep head of size s, 0 the plain one of m
            and l. Defaults to `6`.
        data_format: `"channels_last"` or `"channels_first"` of the input.
            Defaults to `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        Dict of `"P3"` to `"P6"`: feature maps.

    Output shape:
        Dict with the same keys: float32 of shape `(B, H, W, A, 6 + 3K)` for
        every data format and precision. The last axis is x, y, w, h,
        objectness, class, then x, y, confidence of each keypoint, all as
        logits; see `keras_drsi.head_layout`.
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
            box_bias, keypoint_bias = self.split_channels(self._prior(stride))
            box_conv = self.conv(
                self.num_anchors * FIRST_KEYPOINT,
                use_bias=True,
                bias_initializer=ArrayInitializer(box_bias),
                name=f"box_{level}",
            )
            branch = self._make_keypoint_branch(level, shape, keypoint_bias)
            for layer in (box_conv, *branch):
                layer.build(shape)
            self.box_convs.append(box_conv)
            self.keypoint_branches.append(branch)

    @property
    def vector_size(self):
        return vector_size(self.num_keypoints)

    def _prior(self, stride):
        """Initial logits, (A, 6 + 3K): objects are rare, and are persons.

        Objectness starts at 8 objects per image of 640 x 640 pixels, the
        class at 0.6 of 0.61. Otherwise the first epochs would only learn to
        predict the background.
        """
        vectors = np.zeros((self.num_anchors, self.vector_size), "float32")
        vectors[:, OBJECTNESS] = math.log(8 / (640 / stride) ** 2)
        vectors[:, CLASS] = math.log(0.6 / 0.01)
        return vectors

    def split_channels(self, vectors):
        """Splits output vectors into the channels of the two convolutions.

        Args:
            vectors: NumPy array of shape `(..., A, 6 + 3K)`.

        Returns:
            List of two arrays of shape `(..., C)`: the channels of the box
            convolution and of the keypoint branch.
        """
        parts = np.split(vectors, [FIRST_KEYPOINT], axis=-1)
        return [part.reshape(*vectors.shape[:-2], -1) for part in parts]

    def merge_channels(self, boxes, keypoints):
        """Inverse of `split_channels` on feature maps."""
        return ops.concatenate(
            [self.per_anchor(boxes), self.per_anchor(keypoints)], axis=-1
        )

    def per_anchor(self, x):
        """Reshapes a feature map to float32 of shape (B, H, W, A, C / A)."""
        if self.data_format == "channels_first":
            x = ops.transpose(x, (0, 2, 3, 1))
        _, height, width, channels = ops.shape(x)
        x = ops.reshape(
            x,
            (-1, height, width, self.num_anchors, channels // self.num_anchors),
        )
        return ops.cast(x, "float32")

    def _make_keypoint_branch(self, level, shape, bias):
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
                len(bias),
                use_bias=True,
                bias_initializer=ArrayInitializer(bias),
                name=f"keypoint_{level}",
            )
        )
        return branch

    def call(self, maps, training=None):
        outputs = {}
        for level, box_conv, branch in zip(
            LEVEL_STRIDES, self.box_convs, self.keypoint_branches
        ):
            x = maps[level]
            boxes = box_conv.call(x)
            *blocks, keypoint_conv = branch
            for block in blocks:
                x = block.call(x, training)
            outputs[level] = self.merge_channels(boxes, keypoint_conv.call(x))
        return outputs

    def initialize_pose_prior(self, pose, anchors):
        """Initializes each anchor to predict a pose of the anchor's size.

        Sets the biases of the keypoint outputs and resets those of boxes and
        scores.

        Args:
            pose: Array of shape `(K, 2)`, the offset of each keypoint from
                the center of its person's box, in widths and heights of the
                box.
            anchors: Widths and heights in input pixels, `(levels, A, 2)`.
        """
        for box_conv, branch, stride, sizes in zip(
            self.box_convs,
            self.keypoint_branches,
            LEVEL_STRIDES.values(),
            anchors,
        ):
            offsets = np.asarray(sizes)[:, None] * np.asarray(pose)  # (A, K, 2)
            logits = np.zeros((*offsets.shape[:2], 3), "float32")
            # Inverse of 2 * t - 0.5, relative to the center of the cell.
            logits[..., :2] = 0.5 + offsets / (2 * stride)
            vectors = self._prior(stride)
            vectors[:, FIRST_KEYPOINT:] = logits.reshape(self.num_anchors, -1)
            for conv, bias in zip(
                (box_conv, branch[-1]), self.split_channels(vectors)
            ):
                conv.bias.assign(bias)

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
class YoloPoseHead(PoseHead):
    """Pose head with YOLO-Pose's channel order, to load its weights.

    YOLO-Pose concatenates the channels of both convolutions before it
    reshapes them to anchors. The box convolution therefore yields the box and
    the first keypoints of the first anchor, the keypoint branch the rest.

    Args:
        num_keypoints: Integer K, number of keypoints.
        num_anchors: Integer A, number of anchors per cell. Defaults to `3`.
        keypoint_depth: Integer, see `PoseHead`. Defaults to `6`.
        data_format: `"channels_last"` or `"channels_first"` of the input.
            Defaults to `keras.config.image_data_format()`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name` and
            `dtype`.

    Input shape:
        See `PoseHead`.

    Output shape:
        See `PoseHead`.
    """

    def split_channels(self, vectors):
        row = vectors.reshape(*vectors.shape[:-2], -1)
        return np.split(row, [self.num_anchors * FIRST_KEYPOINT], axis=-1)

    def merge_channels(self, boxes, keypoints):
        return self.per_anchor(self.concat([boxes, keypoints]))


@keras.saving.register_keras_serializable(package="keras_drsi")
class ArrayInitializer(keras.initializers.Initializer):
    """Initializer with given values.

    Args:
        values: Array with as many elements as the variable.
    """

    def __init__(self, values):
        self.values = np.asarray(values)

    def __call__(self, shape, dtype=None):
        return ops.convert_to_tensor(self.values.reshape(shape), dtype=dtype)

    def get_config(self):
        return {"values": self.values.tolist()}
