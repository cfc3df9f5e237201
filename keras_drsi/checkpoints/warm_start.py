"""Initialization of a model with the weights of another one."""

import collections
import dataclasses
import math

from keras import ops

from keras_drsi.checkpoints.tensor_file import format_shape


@dataclasses.dataclass(frozen=True)
class WarmStart:
    """Report of a warm start.

    Args:
        source: string, name of the source model.
        copied: dict of weight paths to parameter counts, for the weights
            copied from the source.
        fresh: dict of weight paths to (parameter count, reason), for the
            weights that keep their initial values.
    """

    source: str
    copied: dict
    fresh: dict

    def __str__(self):
        copied = sum(self.copied.values())
        total = copied + sum(count for count, _ in self.fresh.values())
        layers = collections.Counter()
        for path, count in self.copied.items():
            layers[_layer(path)] += count
        lines = [
            f"  copied   {layer:<34}{count:>12,}"
            for layer, count in layers.items()
        ]
        layers = collections.Counter()
        for path, (count, reason) in self.fresh.items():
            layers[_layer(path), reason] += count
        lines += [
            f"  fresh    {layer:<34}{count:>12,}  {reason}"
            for (layer, reason), count in layers.items()
        ]
        # The summary comes last, where it is seen after a hundred lines.
        lines.append(
            f"Warm start from {self.source}: {copied:,} of {total:,} "
            "parameters."
        )
        return "\n".join(lines)


def head_config(source):
    """Arguments of `DRSINet` required to reuse the head of the source.

    Args:
        source: `DRSINet` to copy weights from.

    Returns:
        Dict of arguments: `anchors` and `head_type`.
    """
    return {"anchors": source.anchors, "head_type": source.head_type}


def warm_start(model, source):
    """Copies every matching weight of another model.

    A weight matches if both models have it at the same path and with the same
    shape: typically the stem, the strided convolutions, the outer convolutions
    of the cross-stage modules, the pooling, the last stage, the neck and the
    keypoint branches. The output convolutions match only if both models
    predict the same keypoints from the same anchors.

    Args:
        model: `DRSINet` to initialize, modified in place.
        source: `DRSINet` to copy weights from.

    Returns:
        `WarmStart`. Printing it lists the copied and the fresh weights.

    Example:

    >>> from keras_drsi.checkpoints import load_yolo_pose
    >>> print(warm_start(model, load_yolo_pose("yolo_pose_s.pt")))
    Warm start from yolo_pose...
    """
    given = {weight.path: weight for weight in source.weights}
    other_outputs = _difference_of_outputs(model, source)
    copied, fresh = {}, {}
    for weight in model.weights:
        count = math.prod(weight.shape)
        other = given.get(weight.path)
        if other is None:
            fresh[weight.path] = count, "not in the source"
        elif tuple(other.shape) != tuple(weight.shape):
            fresh[weight.path] = (
                count,
                f"expected {format_shape(weight.shape)}, source has "
                f"{format_shape(other.shape)}",
            )
        elif other_outputs and _is_output(weight.path):
            fresh[weight.path] = count, other_outputs
        else:
            weight.assign(ops.convert_to_numpy(other))
            copied[weight.path] = count
    return WarmStart(source.name, copied, fresh)


def _difference_of_outputs(model, source):
    """Why the output channels have another meaning, or None."""
    if model.keypoints.names != source.keypoints.names:
        return "different keypoints"
    if model.anchors != source.anchors:
        return "different anchors"
    if model.head_type != source.head_type:
        return "different order of channels"
    if model.keypoint_depth != source.keypoint_depth:
        return "different depth of the head"
    return None


def _is_output(path):
    """Whether a weight belongs to an output convolution of the head."""
    return path.startswith("head/") and path.count("/") == 2


def _layer(path):
    return "/".join(path.split("/")[:-1][:3])
