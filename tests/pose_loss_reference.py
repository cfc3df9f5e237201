"""The parts of the pose loss as a plain loop, and what to try it on."""

import numpy as np

from keras_drsi.head_layout import vector_size
from keras_drsi.keypoints import KeypointSchema
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.losses.target_assigner import TargetAssigner
from tests.backend import compiled

ANCHORS = (
    ((8, 10), (14, 13), (13, 30)),
    ((30, 22), (28, 48), (56, 42)),
    ((44, 94), (94, 82), (74, 169)),
    ((136, 192), (230, 118), (289, 247)),
)
SIZE = 128
MAP_SIZES = [(SIZE // s, SIZE // s) for s in LEVEL_STRIDES.values()]
SCHEMA = KeypointSchema(
    names=("tip", "left", "right", "end"), sigmas=(0.03, 0.05, 0.05, 0.1)
)
PARTS = (
    "box_loss",
    "objectness_loss",
    "oks_loss",
    "distance_loss",
    "keypoint_confidence_loss",
)


def random_raw(seed, images=2, keypoints=len(SCHEMA)):
    rng = np.random.default_rng(seed)
    return {
        level: rng.normal(
            size=(images, height, width, 3, vector_size(keypoints))
        ).astype("float32")
        for level, (height, width) in zip(LEVEL_STRIDES, MAP_SIZES)
    }


def random_persons(seed, persons, images=2, keypoints=len(SCHEMA)):
    rng = np.random.default_rng(seed)
    center = rng.uniform(0, SIZE, (images, persons, 2))
    half = np.exp(rng.uniform(2, 5, (images, persons, 2))) / 2
    points = rng.uniform(-0.5, 0.5, (images, persons, keypoints, 2))
    points = center[:, :, None] + points * half[:, :, None]
    label = rng.integers(0, 3, (images, persons, keypoints, 1))
    return {
        "boxes": np.concatenate([center - half, center + half], -1).astype("f"),
        "keypoints": np.concatenate([points, label], -1).astype("float32"),
        "count": np.full(images, persons, "int32"),
    }


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def crossentropy(target, logits):
    p = sigmoid(logits)
    return -(target * np.log(p) + (1 - target) * np.log(1 - p))


assign = compiled(
    lambda boxes, count: tuple(TargetAssigner(ANCHORS)(boxes, count, MAP_SIZES))
)


def positives(y, level):
    """Every (image, person, row, column, anchor) of a level."""
    cells, _, positive = assign(y["boxes"], y["count"])
    for image, person, anchor, cell in zip(*np.nonzero(positive[level])):
        column, row = cells[level, image, person, cell].astype(int)
        yield image, person, row, column, anchor


def reference_loss(y, raw):
    """The five parts without weights in float64, positive by positive."""
    loss = dict.fromkeys(PARTS, 0.0)
    balances = 4.0, 1.0, 0.25, 0.06
    for level, (name, stride) in enumerate(LEVEL_STRIDES.items()):
        level_map = raw[name].astype("float64")
        objectness = np.zeros(level_map.shape[:-1])
        box, oks, distances, confidence = [], [], [], []
        for image, person, row, column, anchor in positives(y, level):
            vector = level_map[image, row, column, anchor]
            cell = np.array([column, row])
            box_target = y["boxes"][image, person].astype("float64")
            center = (2 * sigmoid(vector[:2]) - 0.5 + cell) * stride
            half = 2 * sigmoid(vector[2:4]) ** 2 * ANCHORS[level][anchor]
            predicted = np.concatenate([center - half, center + half])
            overlap = reference_ciou(predicted, box_target)
            box.append(1 - overlap)
            place = image, row, column, anchor
            objectness[place] = max(objectness[place], overlap)

            points = vector[6:].reshape(-1, 3)
            target = y["keypoints"][image, person].astype("float64")
            labelled = target[:, 2] > 0
            distance = (2 * points[:, :2] - 0.5 + cell) * stride
            distance = np.sum((distance - target[:, :2]) ** 2, axis=-1)
            area = np.prod(box_target[2:] - box_target[:2])
            variance = (2 * np.array(SCHEMA.sigmas)) ** 2
            error = distance / (2 * area * variance)
            oks.extend((1 - np.exp(-error))[labelled])
            distances.extend(np.log(1 + error)[labelled])
            confidence.extend(crossentropy(1.0 * labelled, points[:, 2]))
        loss["box_loss"] += np.mean(box) if box else 0
        loss["oks_loss"] += np.mean(oks) if oks else 0
        loss["distance_loss"] += np.mean(distances) if distances else 0
        loss["keypoint_confidence_loss"] += (
            np.mean(confidence) if confidence else 0
        )
        loss["objectness_loss"] += balances[level] * np.mean(
            crossentropy(objectness, level_map[..., 4])
        )
    return loss


def reference_ciou(box, target):
    (w1, h1), (w2, h2) = box[2:] - box[:2], target[2:] - target[:2]
    shared = np.minimum(box[2:], target[2:]) - np.maximum(box[:2], target[:2])
    shared = np.prod(np.maximum(shared, 0))
    iou = shared / (w1 * h1 + w2 * h2 - shared)
    around = np.maximum(box[2:], target[2:]) - np.minimum(box[:2], target[:2])
    between = (box[:2] + box[2:] - target[:2] - target[2:]) / 2
    v = (2 / np.pi * (np.arctan(w2 / h2) - np.arctan(w1 / h1))) ** 2
    distance = np.sum(between**2) / np.sum(around**2)
    return iou - distance - v**2 / (1 - iou + v)
