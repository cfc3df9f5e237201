"""Starting a network from another one's weights."""

import collections
import dataclasses
import math

from keras import ops

from keras_drsi.checkpoints.tensor_file import shape_text


@dataclasses.dataclass(frozen=True)
class WarmStart:
    """What a network took from another one.

    Args:
        source: name of the other network.
        carried: dict of path and number of parameters.
        fresh: dict of path and (number of parameters, reason).
    """

    source: str
    carried: dict
    fresh: dict

    def __str__(self):
        carried = sum(self.carried.values())
        total = carried + sum(count for count, _ in self.fresh.values())
        layers = collections.Counter()
        for path, count in self.carried.items():
            layers[_layer(path)] += count
        lines = [
            f"  carried  {layer:<34}{count:>12,}"
            for layer, count in layers.items()
        ]
        layers = collections.Counter()
        for path, (count, reason) in self.fresh.items():
            layers[_layer(path), reason] += count
        lines += [
            f"  fresh    {layer:<34}{count:>12,}  {reason}"
            for (layer, reason), count in layers.items()
        ]
        # Last, where it is seen: there may be a hundred lines above.
        lines.append(
            f"Warm start from {self.source}: {carried:,} of {total:,} numbers."
        )
        return "\n".join(lines)


def head_config(source):
    """The arguments of `DRSINet` without which the source's head cannot fit.

    Args:
        source: `DRSINet` to start another one from.
    """
    return {"anchors": source.anchors, "head_type": source.head_type}


def warm_start(model, source):
    """Gives a network every weight of another one that fits it.

    A weight fits where both networks have it under the same path in the same
    shape: stem, strided Convs, the outer Convs of the cross-stage modules,
    pooling, the last stage, the neck, the keypoint branches. The output
    convolutions fit if both predict the same keypoints from the same anchors.

    Args:
        model: `DRSINet` that receives.
        source: `DRSINet` that gives.

    Returns:
        `WarmStart`; printed, it says what was carried and what was not.

    Example:

    >>> print(warm_start(model, load_yolo_pose("yolo_pose_s.pt")))
    """
    given = {weight.path: weight for weight in source.weights}
    other_outputs = _difference_of_outputs(model, source)
    carried, fresh = {}, {}
    for weight in model.weights:
        count = math.prod(weight.shape)
        other = given.get(weight.path)
        if other is None:
            fresh[weight.path] = count, "not in the source"
        elif tuple(other.shape) != tuple(weight.shape):
            fresh[weight.path] = (
                count,
                f"{shape_text(other.shape)} there, "
                f"{shape_text(weight.shape)} here",
            )
        elif other_outputs and _is_output(weight.path):
            fresh[weight.path] = count, other_outputs
        else:
            weight.assign(ops.convert_to_numpy(other))
            carried[weight.path] = count
    return WarmStart(source.name, carried, fresh)


def _difference_of_outputs(model, source):
    """Why the output channels mean something else, or None."""
    if model.keypoints.names != source.keypoints.names:
        return "other keypoints"
    if model.anchors != source.anchors:
        return "other anchors"
    if model.head_type != source.head_type:
        return "another order of channels"
    if model.keypoint_depth != source.keypoint_depth:
        return "another depth of the head"
    return None


def _is_output(path):
    """The bare convolutions stand directly in the head."""
    return path.startswith("head/") and path.count("/") == 2


def _layer(path):
    return "/".join(path.split("/")[:-1][:3])
