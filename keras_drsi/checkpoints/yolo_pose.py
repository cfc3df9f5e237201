"""Weights that PyTorch YOLO-Pose trained, in a `yolo_pose_*` network."""

import pathlib
import re

import numpy as np
from keras import ops

from keras_drsi.checkpoints.tensor_file import read_tensors, shape_text
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
# "model.0...", "module.model.0..." and "0..." all mean layer 0.
LAYER = re.compile(r"^(?:module\.)?(?:model\.)*(?=\d+\.)")
# Not weights: counters, and the anchors, which are read apart.
BUFFERS = re.compile(
    rf"model\..*\.num_batches_tracked$|{re.escape(HEAD)}\.anchor(s|_grid)$"
)


def load_yolo_pose(path, input_size=640, keypoints=None, anchors=None):
    """Makes the network of a YOLO-Pose checkpoint, with its weights.

    Width, depth, head and the number of keypoints follow from the shapes of
    the tensors.

    Args:
        path: state dict as `.pt`, `.pth`, `.npz` or `.safetensors`.
        input_size: side of the square input, or (height, width); multiples
            of 64.
        keypoints: `KeypointSchema`; by default COCO's 17, or as many
            keypoints without names as the checkpoint has.
        anchors: (levels, A, 2) widths and heights in input pixels; by default
            those in the checkpoint.

    Returns:
        `DRSINet`, named after its preset where it has the size of one.

    Raises:
        InputError: naming the tensor and both shapes, if the file is not a
            YOLO-Pose network of one class with four levels.

    Example:

    >>> model = load_yolo_pose("yolo_pose_s_960.pt", input_size=960)
    >>> poses = model.predict(images)
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
    """The way back: the state dict of YOLO-Pose with a network's weights.

    Args:
        model: `DRSINet` with bottlenecks, plain PAN and YOLO-Pose's head, as
            `yolo_pose_s`.

    Returns:
        Dict of names and NumPy arrays.

    Raises:
        InputError: for another network.
    """
    parts = (model.block_type, model.neck_type, model.head_type)
    if parts != YOLO_POSE_PARTS:
        raise InputError(
            f"{model.name}: expected block, neck and head types "
            f"{', '.join(YOLO_POSE_PARTS)}; got {', '.join(parts)}."
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
    """The tensors of a file, and what their shapes say of the network."""

    def __init__(self, path, tensors):
        self.path = path
        self.tensors = tensors

    def config(self):
        """Arguments of `DRSINet`: the preset of this size, or bare factors."""
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
        """The largest factor that gives no layer more channels."""
        width = min(have / full for have, full in zip(channels, WIDTHS))
        expected = [scale_channels(full, width) for full in WIDTHS]
        for name, have, wanted in zip(WIDE_CONVS, channels, expected):
            if have != wanted:
                raise InputError(
                    f"{self.path}: {name}: expected {wanted} channels beside "
                    f"the other layers', got {have}."
                )
        return width

    def _depth(self, blocks):
        """The middle of the factors that round to these numbers of blocks."""
        pairs = list(zip(blocks, STAGE_BLOCKS))
        # Below half a block there is one all the same.
        low = max([0.0] + [(n - 0.5) / full for n, full in pairs if n > 1])
        high = min((n + 0.5) / full for n, full in pairs)
        depth = (low + high) / 2
        for (_, stage), (have, full) in zip(STAGES, pairs):
            if have != scale_repeats(full, depth):
                raise InputError(
                    f"{self.path}: {stage}.m: expected "
                    f"{scale_repeats(full, depth)} blocks beside the other "
                    f"stages', got {have}."
                )
        return depth

    def keypoint_count(self):
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
                f"{ANCHOR_COUNT} anchors, got the shape "
                f"{shape_text(sizes.shape)}."
            )
        sizes = sizes.reshape(levels, ANCHOR_COUNT, 2) * scale[:, None, None]
        if not (np.isfinite(sizes).all() and (sizes > 0).all()):
            raise InputError(
                f"{self.path}: {name}: expected sizes above 0, got "
                f"{sizes.min()}."
            )
        return sizes.tolist()

    def assign_to(self, model):
        """Gives the weights to a network, all of them or none."""
        arrays, used = [], set()
        for variable, name, axes in named_variables(model):
            tensor = self._tensor(name)
            expected = tuple(np.array(variable.shape)[np.argsort(axes)])
            if tensor.shape != expected:
                raise InputError(
                    f"{self.path}: {name}: expected the shape "
                    f"{shape_text(expected)}, got {shape_text(tensor.shape)}."
                )
            if not np.isfinite(tensor).all():
                raise InputError(
                    f"{self.path}: {name}: expected finite numbers, got NaN "
                    "or infinity."
                )
            if name.endswith("running_var") and (tensor < 0).any():
                raise InputError(
                    f"{self.path}: {name}: expected variances of 0 or more, "
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
                f"{self.path}: {len(left)} tensors have no place in "
                f"{model.name}, first {left[0]} of shape "
                f"{shape_text(self.tensors[left[0]].shape)}."
            )
        for variable, array in arrays:
            variable.assign(array)

    def _tensor(self, name):
        if name not in self.tensors:
            raise InputError(
                f"{self.path}: expected the tensor {name} of YOLO-Pose, found "
                f"none among {len(self.tensors)}, first "
                f"{next(iter(self.tensors))}."
            )
        tensor = self.tensors[name]
        if tensor.dtype.kind != "f":
            raise InputError(
                f"{self.path}: {name}: expected floating point numbers, got "
                f"{tensor.dtype}."
            )
        return tensor

    def _channels(self, name):
        """Output channels of a kernel."""
        shape = self._tensor(name).shape
        if len(shape) != 4 or not shape[0]:
            raise InputError(
                f"{self.path}: {name}: expected a kernel of four axes, got "
                f"the shape {shape_text(shape)}."
            )
        return shape[0]

    def _block_count(self, stage):
        return max(self._count(rf"{re.escape(stage)}\.m\.(\d{{1,3}})\."), 1)

    def _count(self, pattern):
        """One more than the largest number that the pattern finds."""
        found = (re.match(pattern, name) for name in self.tensors)
        return max((int(match[1]) + 1 for match in found if match), default=0)

    def _keypoint_layers(self):
        return self._count(rf"{re.escape(HEAD)}\.m_kpt\.0\.(\d{{1,3}})\.")

    def _keypoint_depth(self):
        """Pairs of a depthwise and a pointwise convolution, the last bare."""
        return self._keypoint_layers() // 2

    def _keypoint_output(self):
        layers = self._keypoint_layers()
        name = f"{HEAD}.m_kpt.0"
        return f"{name}.{layers - 1}" if layers else name
