"""The labels of a data set over its photos, as they are and mirrored."""

import numpy as np

from keras_drsi.data.image_store import Photos
from keras_drsi.data.warp import blank_canvas, paint
from keras_drsi.errors import InputError
from keras_drsi.geometry.affine import Affine
from keras_drsi.geometry.letterbox import Letterbox
from keras_drsi.inference.visualize import draw_poses

SIDE = 360
GAP = 8
COLUMNS = 2


def label_sheet(poses, count):
    """Photos with their labels, each beside its mirror image.

    Args:
        poses: `CocoPoses`.
        count: number of photos, spread evenly over those with persons.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    photos = Photos(poses.images, float("inf"), kept=0, budget=0)
    with_persons = [i for i, im in enumerate(poses.images) if len(im.persons)]
    count = min(count, len(with_persons))
    chosen = np.linspace(0, len(with_persons) - 1, count).round().astype(int)
    pairs = []
    for index in (with_persons[place] for place in chosen):
        if (photo := photos[index]) is not None:
            pairs.append(_pair(poses, index, *photo))
    if not pairs:
        raise InputError(
            f"{poses.annotation_file}: none of the photos can be decoded."
        )
    pairs += [np.full_like(pairs[0], 255)] * (-len(pairs) % COLUMNS)
    rows = [
        np.concatenate(pairs[start : start + COLUMNS], axis=1)
        for start in range(0, len(pairs), COLUMNS)
    ]
    return np.concatenate(rows)


def _pair(poses, index, pixels, reduction):
    """One photo with its labels, and both mirrored."""
    image = poses.images[index]
    plain = Letterbox(image.width, image.height, SIDE).affine
    drawn = []
    for affine in (plain, Affine.mirror(SIDE) @ plain):
        canvas = blank_canvas(SIDE, SIDE)
        paint(canvas, pixels, affine @ Affine.scaling(reduction))
        persons = image.persons.moved(affine, poses.schema.flip_index)
        labels = {"boxes": persons.boxes, "keypoints": persons.keypoints}
        drawn.append(draw_poses(canvas, labels, poses.schema))
        drawn.append(np.full((SIDE, GAP, 3), 255, "uint8"))
    return np.concatenate(drawn, axis=1)


def keypoint_table(poses):
    """A line of text for each keypoint: its partner, sigma and labels."""
    schema = poses.schema
    keypoints = np.concatenate([im.persons.keypoints for im in poses.images])
    width = max(map(len, ("keypoint", *schema.names)))
    lines = [
        f"{'keypoint':<{width}}  {'mirrored':<{width}}  sigma  labelled  "
        "occluded"
    ]
    for index, name in enumerate(schema.names):
        partner = schema.names[schema.flip_index[index]]
        labelled = keypoints[:, index, 2] > 0
        occluded = keypoints[:, index, 2] == 1
        lines.append(
            f"{name:<{width}}  {partner if partner != name else '-':<{width}}"
            f"  {schema.sigmas[index]:.3f}  {labelled.mean():>8.0%}  "
            f"{occluded.sum() / max(labelled.sum(), 1):>8.0%}"
        )
    return "\n".join(lines)


def lonely_sides(schema):
    """Keypoints whose name says left or right, without a partner."""
    return [
        name
        for name, partner in zip(schema.names, schema.flip_index)
        if schema.names[partner] == name
        and {"left", "right"} & set(name.lower().split("_"))
    ]
