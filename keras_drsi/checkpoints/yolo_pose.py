"""Conversion between PyTorch YOLO-Pose weights and `yolo_pose_*` models."""

import pathlib
import re

import numpy as np
from keras import ops

from keras_drsi.checkpoints.tensor_file import format_shape, read_tensors
from keras_drsi.checkpoints.yolo_pose_names import (
    HEAD,
    LAST_STAGE_DOWN,
    STAGES,
    STEM,
    named_variables,
)
from keras_drsi.errors import InputError
from keras_drsi.head_layout import FIRST_KEYPOINT
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.csdr_net import (
    LAST_CHANNELS,
    STAGE_BLOCKS,
    STAGE_CHANNELS,
    STEM_CHANNELS,
    scale_channels,
    scale_repeats,
)
from keras_drsi.models.drsi_net import DRSINet
from keras_drsi.models.presets import PRESETS

ANCHOR_COUNT = 3
WIDTHS = (STEM_CHANNELS, *STAGE_CHANNELS, LAST_CHANNELS)
WIDE_CONVS = tuple(
    f"{name}.conv.weight"
    for name in (STEM, *(down for down, _ in STAGES), LAST_STAGE_DOWN)
)
YOLO_POSE_PARTS = ("bottleneck", "pan", "yolo_pose")
# Layer 0 is "model.0...", "module.model.0..." or "0...".
LAYER = re.compile(r"^(?:module\.)?(?:model\.)*(?=\d+\.)")
# Not weights: batch counters, and the anchors, which are read separately.
BUFFERS = re.compile(
    rf"model\..*\.num_batches_tracked$|{re.escape(HEAD)}\.anchor(s|_grid)$"
)


def load_yolo_pose(path, input_size=640, keypoints=None, anchors=None):
    """Loads a PyTorch YOLO-Pose checkpoint as a Keras model.

    The width, depth, head and number of keypoints are inferred from the shapes
    of the tensors.

    Args:
        path: path of a state dict: a `.pt`, `.pth`, `.npz` or `.safetensors`
            file.
        input_size: integer, side of the square input in pixels, or a tuple
            (height, width); multiples of 64. Defaults to 640.
        keypoints: `KeypointSchema`. Defaults to `COCO_PERSON` for 17 keypoints
            and to generic keypoints for another number.
        anchors: nested list of shape (levels, A, 2): width and height in input
            pixels. Defaults to the anchors in the checkpoint.

    Returns:
        `DRSINet`, named after the preset of its size, if there is one.

    Raises:
        InputError: if the file is not a YOLO-Pose model with one class and
            four levels, naming the tensor, its shape and the expected one.

    Example:

    >>> model = load_yolo_pose("yolo_pose_s.pt", input_size=320)
    >>> model.output["P3"].shape
    (None, 40, 40, 3, 57)
    """
    path = pathlib.Path(path)
    found = _Checkpoint(path, _with_layer_names(path, read_tensors(path)))
    model = DRSINet(
        **found.config(),
        keypoints=found.keypoint_count() if keypoints is None else keypoints,
        anchors=found.anchors() if anchors is None else anchors,
        input_size=input_size,
    )
    found.assign_to(model)
    return model


def _with_layer_names(path, tensors):
    """Standardizes the prefix of the tensor names to `model.`."""
    named = {}
    for name, tensor in tensors.items():
        layer_name = LAYER.sub("model.", name)
        if layer_name in named:
            raise InputError(
                f"{path}: {name}: expected one tensor {layer_name}, got two."
            )
        named[layer_name] = tensor
    return named


def yolo_pose_tensors(model):
    """Converts a model to a state dict of PyTorch YOLO-Pose.

    The inverse of `load_yolo_pose`.

    Args:
        model: `DRSINet` with bottlenecks, plain PAN and YOLO-Pose head, e.g.
            `yolo_pose_s`.

    Returns:
        Dict of NumPy arrays by tensor name.

    Raises:
        InputError: if the model has another block, neck or head.
    """
    parts = (model.block_type, model.neck_type, model.head_type)
    if parts != YOLO_POSE_PARTS:
        raise InputError(
            f"{model.name}: expected block, neck and head types "
            f"{', '.join(YOLO_POSE_PARTS)}, got {', '.join(parts)}."
        )
    tensors = {
        name: np.transpose(ops.convert_to_numpy(variable), np.argsort(axes))
        for variable, name, axes in named_variables(model)
    }
    pixels = np.array(model.anchors, "float32")
    strides = np.array(list(LEVEL_STRIDES.values()), "float32")
    tensors[f"{HEAD}.anchors"] = pixels / strides[:, None, None]
    tensors[f"{HEAD}.anchor_grid"] = pixels[:, None, :, None, None, :]
    return tensors


class _Checkpoint:
    """The tensors of a file, and the configuration their shapes imply."""

    def __init__(self, path, tensors):
        self.path = path
        self.tensors = tensors

    def config(self):
        """Arguments of `DRSINet`, those of a preset if one has this size."""
        channels = [self._channels(name) for name in WIDE_CONVS]
        blocks = [self._block_count(stage) for _, stage in STAGES]
        block_type, neck_type, head_type = YOLO_POSE_PARTS
        size = {
            "name": "yolo_pose",
            "width": self._width(channels),
            "depth": self._depth(blocks),
        }
        for name, preset in PRESETS.items():
            width, depth = preset.config["width"], preset.config["depth"]
            if (
                name.startswith("yolo_pose")
                and [scale_channels(c, width) for c in WIDTHS] == channels
                and [scale_repeats(n, depth) for n in STAGE_BLOCKS] == blocks
            ):
                size = {"name": name, "width": width, "depth": depth}
        return {
            **size,
            "block_type": block_type,
            "neck_type": neck_type,
            "head_type": head_type,
            "keypoint_depth": self._keypoint_depth(),
        }

    def _width(self, channels):
        """The largest width factor that exceeds the channels of no layer."""
        width = min(have / full for have, full in zip(channels, WIDTHS))
        expected = [scale_channels(full, width) for full in WIDTHS]
        for name, have, wanted in zip(WIDE_CONVS, channels, expected):
            if have != wanted:
                raise InputError(
                    f"{self.path}: {name}: expected {wanted} channels, as "
                    f"implied by the other layers, got {have}."
                )
        return width

    def _depth(self, blocks):
        """The midpoint of the depth factors that give these block counts."""
        pairs = list(zip(blocks, STAGE_BLOCKS))
        # Every stage has at least one block, however small the factor.
        low = max([0.0] + [(n - 0.5) / full for n, full in pairs if n > 1])
        high = min((n + 0.5) / full for n, full in pairs)
        depth = (low + high) / 2
        for (_, stage), (have, full) in zip(STAGES, pairs):
            if have != scale_repeats(full, depth):
                raise InputError(
                    f"{self.path}: {stage}.m: expected "
                    f"{scale_repeats(full, depth)} blocks, as implied by the "
                    f"other stages, got {have}."
                )
        return depth

    def keypoint_count(self):
        """Number K of keypoints."""
        box_channels = self._channels(f"{HEAD}.m.0.weight")
        if box_channels != ANCHOR_COUNT * FIRST_KEYPOINT:
            raise InputError(
                f"{self.path}: {HEAD}.m.0.weight: expected "
                f"{ANCHOR_COUNT * FIRST_KEYPOINT} channels (three anchors; "
                f"box, objectness and one class), got {box_channels}."
            )
        channels = self._channels(f"{self._keypoint_output()}.weight")
        if channels % (3 * ANCHOR_COUNT):
            raise InputError(
                f"{self.path}: {self._keypoint_output()}.weight: expected a "
                f"multiple of 9 channels (three anchors; x, y, confidence), "
                f"got {channels}."
            )
        return channels // (3 * ANCHOR_COUNT)

    def anchors(self):
        """Anchors in input pixels, nested lists of shape (levels, A, 2)."""
        levels = len(LEVEL_STRIDES)
        in_pixels, in_cells = f"{HEAD}.anchor_grid", f"{HEAD}.anchors"
        if in_pixels in self.tensors:
            name, scale = in_pixels, np.ones(levels)
        else:
            name, scale = in_cells, np.array(list(LEVEL_STRIDES.values()))
        sizes = self._tensor(name)
        if sizes.size != levels * ANCHOR_COUNT * 2:
            raise InputError(
                f"{self.path}: {name}: expected {levels} levels of "
                f"{ANCHOR_COUNT} anchors, got shape "
                f"{format_shape(sizes.shape)}."
            )
        sizes = sizes.reshape(levels, ANCHOR_COUNT, 2) * scale[:, None, None]
        if not (np.isfinite(sizes).all() and (sizes > 0).all()):
            raise InputError(
                f"{self.path}: {name}: expected sizes above 0, got "
                f"{sizes.min()}."
            )
        return sizes.tolist()

    def assign_to(self, model):
        """Assigns all weights to a model, or none of them."""
        arrays, used = [], set()
        for variable, name, axes in named_variables(model):
            tensor = self._tensor(name)
            expected = tuple(np.array(variable.shape)[np.argsort(axes)])
            if tensor.shape != expected:
                raise InputError(
                    f"{self.path}: {name}: expected shape "
                    f"{format_shape(expected)}, got "
                    f"{format_shape(tensor.shape)}."
                )
            if not np.isfinite(tensor).all():
                raise InputError(
                    f"{self.path}: {name}: expected finite values, got NaN or "
                    "infinity."
                )
            if name.endswith("running_var") and (tensor < 0).any():
                raise InputError(
                    f"{self.path}: {name}: expected variances >= 0, "
                    f"got {tensor.min()}."
                )
            arrays.append((variable, np.transpose(tensor, axes)))
            used.add(name)
        left = [
            name
            for name in self.tensors
            if name not in used and not BUFFERS.match(name)
        ]
        if left:
            raise InputError(
                f"{self.path}: expected only tensors of {model.name}, got "
                f"{len(left)} others, first {left[0]} of shape "
                f"{format_shape(self.tensors[left[0]].shape)}."
            )
        for variable, array in arrays:
            variable.assign(array)

    def _tensor(self, name):
        if name not in self.tensors:
            raise InputError(
                f"{self.path}: expected the tensor {name} of YOLO-Pose, got "
                f"none among {len(self.tensors)}, first "
                f"{next(iter(self.tensors))}."
            )
        tensor = self.tensors[name]
        if tensor.dtype.kind != "f":
            raise InputError(
                f"{self.path}: {name}: expected a floating-point dtype, got "
                f"{tensor.dtype}."
            )
        return tensor

    def _channels(self, name):
        """Number of output channels of a kernel."""
        shape = self._tensor(name).shape
        if len(shape) != 4 or not shape[0]:
            raise InputError(
                f"{self.path}: {name}: expected a kernel with four axes, "
                f"got shape {format_shape(shape)}."
            )
        return shape[0]

    def _block_count(self, stage):
        return max(self._count(rf"{re.escape(stage)}\.m\.(\d{{1,3}})\."), 1)

    def _count(self, pattern):
        """One more than the largest index that a pattern matches."""
        found = (re.match(pattern, name) for name in self.tensors)
        return max((int(match[1]) + 1 for match in found if match), default=0)

    def _keypoint_layers(self):
        return self._count(rf"{re.escape(HEAD)}\.m_kpt\.0\.(\d{{1,3}})\.")

    def _keypoint_depth(self):
        """Number of pairs of a depthwise and a pointwise convolution."""
        return self._keypoint_layers() // 2

    def _keypoint_output(self):
        layers = self._keypoint_layers()
        name = f"{HEAD}.m_kpt.0"
        return f"{name}.{layers - 1}" if layers else name
