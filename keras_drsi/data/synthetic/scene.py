"""A picture with several people, and what is known about each of them."""

import dataclasses

import cv2
import numpy as np

from keras_drsi.data.synthetic.background import paint_background
from keras_drsi.data.synthetic.body import Body
from keras_drsi.data.synthetic.crowd import EVERYDAY
from keras_drsi.data.synthetic.figure import draw_figure
from keras_drsi.data.synthetic.occluder import draw_occluder
from keras_drsi.data.synthetic.outfit import Outfit
from keras_drsi.data.synthetic.pose import sample_pose
from keras_drsi.data.synthetic.skeleton import pose_skeleton
from keras_drsi.keypoints import COCO_PERSON

# Where there are this many, nobody is larger than this part of the height.
_MANY, _LARGEST_OF_MANY = 4, 0.7
# Nobody is in the picture of whom less than this can be seen.
_LEAST_SEEN = 0.15  # of the person's own outline
_LEAST_PIXELS = 0.0015  # of the image
_LEAST_KEYPOINTS = 3


@dataclasses.dataclass(frozen=True)
class Person:
    """One person of a finished scene.

    Args:
        mask: (H, W) bool, the pixels where the person is seen.
        keypoints: (K, 3) float64: x, y in pixels and COCO's visibility: 2
            seen, 1 hidden but inside the image, 0 outside (then x = y = 0).
    """

    mask: np.ndarray
    keypoints: np.ndarray


@dataclasses.dataclass(frozen=True)
class Scene:
    """An image, (H, W, 3) uint8 RGB, and its `Person`s."""

    image: np.ndarray
    people: tuple


@dataclasses.dataclass(frozen=True)
class Layer:
    """Something drawn, and where it stands in the picture.

    Args:
        figure: `Figure`, or an occluder with the same `color` and `alpha`.
        left, top: whole pixels, position of the drawing's corner.
        nearness: pixels per metre; larger is nearer to the camera.
        is_person: whether it is annotated.
    """

    figure: object
    left: int
    top: int
    nearness: float
    is_person: bool = True


def compose_scene(rng, width, height, crowd=EVERYDAY):
    """Draws a scene of one or several people.

    Args:
        rng: `numpy.random.Generator`.
        width, height: of the image, pixels.
        crowd: `Crowd`.

    Returns:
        `Scene`.
    """
    horizon = rng.uniform(0.2, 0.58) * height
    image = paint_background(rng, width, height, horizon)
    layers = _sample_layers(rng, width, height, horizon, crowd)
    layers, people = arrange(layers, width, height)
    for layer in layers:
        if layer.is_person:
            _cast_shadow(image, layer)
        _paste(image, layer)
    return Scene(_as_photo(rng, image), people)


def arrange(layers, width, height):
    """Leaves out those of whom too little is seen, and describes the others.

    Args:
        layers: list of `Layer` in any order.
        width, height: of the image, pixels.

    Returns:
        tuple of the layers to draw, the farthest first, and a tuple with
        the `Person` of each of them that is one.
    """
    layers = sorted(layers, key=lambda layer: layer.nearness)
    while True:
        owner = _owner_map(layers, width, height)
        unseen = [
            number
            for number, layer in enumerate(layers)
            if layer.is_person and not _is_seen(layer, owner, number)
        ]
        if not unseen:
            break
        # The nearest first: those it hid may be seen without it.
        del layers[unseen[-1]]
    people = tuple(
        Person(owner == number, _keypoints(layer, owner, number))
        for number, layer in enumerate(layers)
        if layer.is_person
    )
    return layers, people


def _sample_layers(rng, width, height, horizon, crowd):
    """Everything that stands in the place."""
    camera = rng.uniform(0.75, 1.5)  # metres above the ground
    pitch = rng.uniform(-3, 12)
    light = _sample_light(rng)
    grounded = rng.random() < crowd.perspective
    layers = []
    count = crowd.sample_count(rng)
    smallest, largest = crowd.statures
    if count >= _MANY:  # farther away
        largest = min(largest, _LARGEST_OF_MANY)
    for _ in range(count):
        body = Body.sample(rng)
        part = np.exp(rng.uniform(np.log(smallest), np.log(largest)))
        scale = part * height / body.stature
        figure = _sample_figure(rng, body, scale, pitch, light, crowd)
        x = _place_beside(rng, layers, width, part * height, crowd.margin)
        foot = horizon + camera * scale
        if not grounded:
            foot = rng.uniform(0.5, 1.1) * (height - part * height)
            foot += part * height
        corner = np.round((x, foot) - figure.origin).astype(int)
        layers.append(Layer(figure, *corner, scale))
    if rng.random() < 0.25:
        drawing, corner = draw_occluder(rng, width, height)
        nearness = rng.choice([layer.nearness for layer in layers]) * 1.05
        layers.append(Layer(drawing, *corner, nearness, is_person=False))
    return layers


def _sample_figure(rng, body, scale, pitch, light, crowd):
    activity = crowd.sample_activity(rng)
    pose = sample_pose(rng, activity)
    yaw = crowd.sample_heading(rng)
    lift = rng.uniform(0.05, 0.35) if activity == "jumping" else 0.0
    skeleton = pose_skeleton(body, pose, yaw, pitch, lift)
    bent = max(pose["left_hip_flexion"], pose["right_hip_flexion"])
    outfit = Outfit.sample(rng, skirt=bent < 24)
    seat = None
    if activity == "sitting":
        seat = rng.uniform(70, 210, 3).astype("float32")
    return draw_figure(body, skeleton, outfit, scale, light, seat)


def _sample_light(rng):
    light = np.array((rng.uniform(-0.7, 0.7), rng.uniform(-0.8, -0.3), 0.8))
    return light / np.linalg.norm(light)


def _place_beside(rng, layers, width, size, margin):
    """A column: mostly clear of the others, at times beside one of them."""
    if layers and rng.random() < 0.3:
        other = layers[rng.integers(len(layers))]
        x = other.left + other.figure.origin[0]
        return x + rng.choice((-1, 1)) * rng.uniform(0.15, 0.4) * size
    columns = rng.uniform(margin, 1 - margin, 4) * width
    if not layers:
        return columns[0]
    taken = np.array([la.left + la.figure.origin[0] for la in layers])
    distance = np.abs(columns[:, None] - taken).min(1)
    return columns[distance.argmax()]


def _owner_map(layers, width, height):
    """(H, W) int8: number of the person seen at a pixel, -1 if nobody."""
    owner = np.full((height, width), -1, "int8")
    for number, layer in enumerate(layers):
        inside, part = _overlap(layer, width, height)
        window = owner[inside]
        window[layer.figure.alpha[part] > 0.5] = -1
        if layer.is_person:
            window[layer.figure.mask[part]] = number
    return owner


def _is_seen(layer, owner, number):
    seen = np.count_nonzero(owner == number)
    own = np.count_nonzero(layer.figure.mask)
    labelled = _keypoints(layer, owner, number)[:, 2] > 0
    return (
        seen >= _LEAST_SEEN * own
        and seen >= _LEAST_PIXELS * owner.size
        and labelled.sum() >= _LEAST_KEYPOINTS
    )


def _keypoints(layer, owner, number):
    height, width = owner.shape
    xy = layer.figure.keypoints + (layer.left, layer.top)
    inside = ((xy >= 0) & (xy < (width, height))).all(1)
    column, row = np.where(inside[:, None], xy, 0).astype(int).T
    seen = layer.figure.exposed & (owner[row, column] == number)
    keypoints = np.zeros((len(COCO_PERSON), 3))
    keypoints[inside, :2] = xy[inside]
    keypoints[inside, 2] = 1 + seen[inside]
    return keypoints


def _overlap(layer, width, height):
    """The window of the image under a layer, and that part of the layer."""
    tall, wide = layer.figure.alpha.shape
    left, right = np.clip((layer.left, layer.left + wide), 0, width)
    top, bottom = np.clip((layer.top, layer.top + tall), 0, height)
    return np.s_[top:bottom, left:right], np.s_[
        top - layer.top : bottom - layer.top,
        left - layer.left : right - layer.left,
    ]


def _paste(image, layer):
    height, width = image.shape[:2]
    inside, part = _overlap(layer, width, height)
    window = image[inside]
    window *= cv2.merge((1 - layer.figure.alpha[part],) * 3)
    window += layer.figure.color[part]


def _cast_shadow(image, layer):
    """A soft dark spot on the ground below the person."""
    height, width = image.shape[:2]
    x = int(layer.left + layer.figure.origin[0])
    y = int(layer.top + layer.figure.origin[1])
    long, short = int(0.34 * layer.nearness), int(0.09 * layer.nearness)
    left, right = np.clip((x - 2 * long, x + 2 * long), 0, width)
    top, bottom = np.clip((y - 3 * short, y + 3 * short), 0, height)
    if left >= right or top >= bottom:
        return
    window = image[top:bottom, left:right]
    column = (np.arange(left, right, dtype="float32") - x) / long
    row = (np.arange(top, bottom, dtype="float32") - y) / short
    fall = np.exp(-(column[None] ** 2 + row[:, None] ** 2))
    window *= cv2.merge((1 - 0.38 * fall,) * 3)


def _as_photo(rng, image):
    """Exposure, tint, a little blur and the grain of a sensor."""
    height, width = image.shape[:2]
    gain = rng.uniform(0.85, 1.12) * rng.uniform(0.96, 1.04, 3)
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 0.9))
    grain = rng.standard_normal((height // 2, width // 2), dtype="float32")
    grain = cv2.resize(grain, (width, height))
    grain *= rng.uniform(0, 6)
    planes = [
        plane * share + grain
        for plane, share in zip(cv2.split(image), gain.tolist())
    ]
    return np.clip(cv2.merge(planes), 0, 255).astype("uint8")
