"""Places for people to be in: rooms, parks, streets, beaches, studios."""

import cv2
import numpy as np

_WALLS = (
    (226, 220, 208), (200, 210, 214), (214, 196, 176), (176, 190, 178),
    (150, 164, 182), (232, 226, 226), (188, 150, 132), (120, 132, 128),
)  # fmt: skip
_FLOORS = (
    (168, 126, 88), (196, 164, 124), (120, 88, 64), (150, 148, 146),
    (186, 182, 176), (110, 104, 108),
)  # fmt: skip
_SKIES = (
    (134, 182, 228), (176, 206, 232), (206, 214, 222), (236, 200, 170),
    (112, 150, 206),
)  # fmt: skip
_LEAVES = ((74, 116, 62), (98, 140, 72), (56, 92, 64), (134, 146, 70))
_BRIGHT = (
    (200, 84, 72), (228, 178, 82), (92, 150, 150), (84, 110, 168),
    (150, 110, 150), (222, 214, 200), (70, 72, 80), (120, 160, 104),
)  # fmt: skip


def paint_background(rng, width, height, horizon):
    """Paints a place without people.

    Args:
        rng: `numpy.random.Generator`.
        width, height: pixels.
        horizon: row where floor and wall, or ground and sky, meet.

    Returns:
        (height, width, 3) float32 RGB in 0..255.
    """
    place = _PLACES[rng.integers(len(_PLACES))]
    image = np.empty((height, width, 3), "float32")
    horizon = int(np.clip(horizon, 1, height - 1))
    place(rng, image, horizon)
    if rng.random() < 0.5:
        blur = rng.uniform(0.004, 0.014) * min(width, height)
        image = cv2.GaussianBlur(image, (0, 0), blur)
    _add_clouds_of_light(rng, image, 7)
    return image


def _add_clouds_of_light(rng, image, strength):
    height, width = image.shape[:2]
    light = np.zeros((height, width), "float32")
    for cells, share in ((3, 1.5), (12, 0.7), (48, 0.25)):
        noise = rng.standard_normal((cells, cells), dtype="float32")
        noise *= float(strength * share * rng.uniform(0.3, 1.0))
        light += cv2.resize(noise, (width, height), None, 0, 0, cv2.INTER_CUBIC)
    image += cv2.merge((light,) * 3)


def _gradient(image, top, bottom, above, below):
    """Fills rows top..bottom from one colour to the other."""
    if bottom > top:
        part = np.linspace(0, 1, bottom - top, dtype="float32")[:, None]
        above, below = np.float32(above), np.float32(below)
        rows = above + part * (below - above)
        image[top:bottom] = np.repeat(rows[:, None], image.shape[1], 1)


def _room(rng, image, horizon):
    height, width = image.shape[:2]
    wall, floor = _pick(rng, _WALLS), _pick(rng, _FLOORS)
    # The wall meets the floor below the horizon.
    corner = int(min(horizon + rng.uniform(0.12, 0.3) * height, height - 2))
    _gradient(image, 0, corner, wall * 1.04, wall * 0.92)
    _gradient(image, corner, height, floor * 0.86, floor * 1.06)
    for x in np.linspace(-1.5, 2.5, rng.integers(8, 20)) * width:
        vanishing = (width / 2, float(horizon))
        _floor_line(image, x, vanishing, corner, floor * 0.8)
    for _ in range(rng.integers(1, 5)):
        _wall_thing(rng, image, corner)
    skirting = int(0.02 * height) + 1
    image[corner - skirting : corner] = wall * 0.8
    for _ in range(rng.integers(0, 4)):
        _furniture(rng, image, corner)


def _floor_line(image, x, vanishing, corner, color):
    height = image.shape[0]
    part = (corner - vanishing[1]) / (height - vanishing[1])
    start = (vanishing[0] + (x - vanishing[0]) * part, corner)
    cv2.line(image, _point(start), _point((x, height)), _rgb(color), 1,
             cv2.LINE_AA)  # fmt: skip


def _wall_thing(rng, image, corner):
    """A picture, a window or a door."""
    height, width = image.shape[:2]
    x, wide = rng.uniform(-0.1, 0.9) * width, rng.uniform(0.08, 0.3) * width
    kind = rng.integers(3)
    if kind == 2:
        top, tall = corner - rng.uniform(0.5, 0.7) * height, height
    else:
        top = rng.uniform(-0.1, 0.5) * corner
        tall = rng.uniform(0.15, 0.45) * height
    bottom = min(top + tall, corner if kind == 2 else corner * 0.9)
    frame = _pick(rng, ((240, 238, 232), (90, 66, 48), (60, 60, 64)))
    inside = _pick(rng, (_BRIGHT, _SKIES, _FLOORS)[kind])
    _box(image, x, top, x + wide, bottom, frame)
    rim = 0.05 * wide + 1
    _box(image, x + rim, top + rim, x + wide - rim, bottom - rim, inside)
    if kind == 1:
        middle = x + wide / 2
        _box(image, middle - rim / 3, top, middle + rim / 3, bottom, frame)
    elif kind == 0:
        radius = 0.22 * min(wide, max(bottom - top, 1))
        center = (x + wide * rng.uniform(0.3, 0.7), (top + bottom) / 2)
        _disc(image, center, (radius, radius), _pick(rng, _BRIGHT))


def _furniture(rng, image, corner):
    height, width = image.shape[:2]
    color = _pick(rng, _BRIGHT + _FLOORS)
    x, wide = rng.uniform(-0.2, 0.95) * width, rng.uniform(0.1, 0.4) * width
    tall = rng.uniform(0.12, 0.4) * height
    foot = corner + rng.uniform(0.01, 0.1) * height
    _box(image, x, foot - tall, x + wide, foot, color)
    _box(image, x, foot - tall, x + wide, foot - tall * 0.93, color * 1.15)
    for part in np.linspace(0, 1, rng.integers(2, 5))[1:-1]:
        y = foot - tall * (1 - part)
        _box(image, x, y, x + wide, y + 1.5, color * 0.75)


def _park(rng, image, horizon):
    height, width = image.shape[:2]
    sky, grass = _pick(rng, _SKIES), _pick(rng, _LEAVES)
    _gradient(image, 0, horizon, sky, sky * 0.4 + 145)
    _clouds(rng, image, horizon)
    _hills(rng, image, horizon, grass * 0.7 + sky * 0.3)
    _gradient(image, horizon, height, grass * 1.05, grass * 1.3)
    if rng.random() < 0.5:
        _path(
            rng, image, horizon, _pick(rng, ((196, 176, 144), (160, 158, 154)))
        )
    for _ in range(rng.integers(0, 5)):
        _tree(rng, image, horizon)
    _blades(rng, image[horizon:], 9)


def _blades(rng, ground, strength):
    height, width = ground.shape[:2]
    size = height // 3 + 1, width // 2 + 1
    noise = rng.standard_normal(size, dtype="float32") * strength
    ground += cv2.merge((cv2.resize(noise, (width, height)),) * 3)


def _clouds(rng, image, horizon):
    width = image.shape[1]
    for _ in range(rng.integers(0, 4)):
        center = rng.uniform(0, 1, 2) * (width, horizon * 0.7)
        size = rng.uniform(0.04, 0.12) * width
        for _ in range(4):
            puff = center + rng.normal(0, 1, 2) * (size, size * 0.2)
            radii = size * rng.uniform(0.4, 1, 2) * (1, 0.5)
            _disc(image, puff, radii, (244, 246, 248))


def _hills(rng, image, horizon, color):
    width = image.shape[1]
    for shade in (1.15, 0.95):
        center = (rng.uniform(0, 1) * width, horizon)
        radii = rng.uniform((0.4, 0.05), (1.0, 0.2)) * width
        _disc(image, center, radii, color * shade, half=True)


def _path(rng, image, horizon, color):
    height, width = image.shape[:2]
    far, near = rng.uniform(0, 1, 2) * width
    half = rng.uniform(0.1, 0.4) * width
    corners = [(far - 2, horizon), (far + 2, horizon),
               (near + half, height), (near - half, height)]  # fmt: skip
    cv2.fillPoly(image, [np.int32(corners)], _rgb(color), cv2.LINE_AA)


def _tree(rng, image, horizon):
    height, width = image.shape[:2]
    size = rng.uniform(0.15, 0.6) * height
    x, foot = rng.uniform(0, 1) * width, horizon + size * rng.uniform(0, 0.15)
    trunk, leaves = np.float32((96, 72, 54)), _pick(rng, _LEAVES)
    _box(
        image, x - size * 0.05, foot - size * 0.6, x + size * 0.05, foot, trunk
    )
    for _ in range(7):
        puff = (x, foot - size * 0.8) + rng.normal(0, 0.16, 2) * size
        radius = size * rng.uniform(0.12, 0.24)
        color = leaves * rng.uniform(0.75, 1.2)
        _disc(image, puff, (radius, radius), color)


def _street(rng, image, horizon):
    height, width = image.shape[:2]
    sky = _pick(rng, _SKIES)
    _gradient(image, 0, horizon, sky, sky * 0.5 + 110)
    curb = int(min(horizon + rng.uniform(0.03, 0.12) * height, height - 2))
    x = -rng.uniform(0, 0.2) * width
    while x < width:
        wide = rng.uniform(0.15, 0.4) * width
        top = horizon - rng.uniform(0.1, 1.0) * height
        _facade(rng, image, x, top, x + wide, curb)
        x += wide
    asphalt = np.float32((128, 128, 132)) * rng.uniform(0.7, 1.25)
    _gradient(image, curb, height, asphalt * 0.95, asphalt * 1.1)
    edge = int(curb + rng.uniform(0.1, 0.4) * (height - curb))
    image[edge : edge + 2] = asphalt * 0.75
    for x in np.linspace(-1, 2, 9) * width:
        _floor_line(
            image, x, (width / 2, float(horizon) - 1), edge, asphalt * 0.9
        )


def _facade(rng, image, x0, top, x1, bottom):
    wall = _pick(rng, _WALLS + _FLOORS)
    _box(image, x0, top, x1, bottom, wall)
    glass = _pick(rng, ((70, 82, 98), (150, 176, 196), (244, 220, 150)))
    columns = rng.integers(2, 5)
    step = (x1 - x0) / columns
    rise = step * rng.uniform(0.9, 1.4)
    for y in np.arange(top + 0.2 * rise, bottom - 0.7 * rise, rise):
        if y + rise < 0:
            continue
        for x in x0 + step * (np.arange(columns) + 0.25):
            _box(image, x, y, x + 0.5 * step, y + 0.6 * rise, glass)
    if rng.random() < 0.5:
        shop = _pick(rng, _BRIGHT)
        _box(image, x0, bottom - 0.9 * rise, x1, bottom - 0.7 * rise, shop)


def _beach(rng, image, horizon):
    height, width = image.shape[:2]
    sky, sand = _pick(rng, _SKIES), np.float32((222, 200, 160))
    sand = sand * rng.uniform(0.85, 1.08)
    shore = int(min(horizon + rng.uniform(0.03, 0.2) * height, height - 2))
    _gradient(image, 0, horizon, sky, sky * 0.4 + 150)
    _clouds(rng, image, horizon)
    _gradient(image, horizon, shore, (56, 112, 150), (120, 184, 190))
    _gradient(image, shore, height, sand * 0.85, sand * 1.05)
    image[shore : shore + 2] = (240, 244, 244)
    for _ in range(rng.integers(0, 4)):
        _parasol(rng, image, shore)
    _blades(rng, image[shore:], 6)


def _parasol(rng, image, shore):
    height, width = image.shape[:2]
    size = rng.uniform(0.08, 0.22) * height
    x, foot = rng.uniform(0, 1) * width, shore + rng.uniform(0, 0.15) * height
    _box(image, x - 1, foot - size * 1.6, x + 1, foot, np.float32((230,) * 3))
    top, radii = (x, foot - size * 1.2), (size, size * 0.55)
    _disc(image, top, radii, _pick(rng, _BRIGHT), rng.uniform(-15, 15), True)


def _studio(rng, image, horizon):
    """Colour fields and clutter that belong to no place at all."""
    height, width = image.shape[:2]
    first, second = _pick(rng, _BRIGHT + _WALLS), _pick(rng, _WALLS)
    _gradient(image, 0, height, first, second)
    for _ in range(rng.integers(0, 14)):
        color = _pick(rng, _BRIGHT + _WALLS + _LEAVES)
        center = rng.uniform(0, 1, 2) * (width, height)
        size = rng.uniform(0.02, 0.2, 2) * min(width, height)
        if rng.random() < 0.5:
            _disc(image, center, size, color, rng.uniform(0, 180))
        else:
            turned = (center.tolist(), (2 * size).tolist(), rng.uniform(0, 90))
            corners = np.int32(cv2.boxPoints(turned))
            cv2.fillPoly(image, [corners], _rgb(color), cv2.LINE_AA)


_PLACES = (_room, _room, _park, _park, _street, _street, _beach, _studio)


def _pick(rng, colors):
    color = np.float32(colors[rng.integers(len(colors))])
    return color * np.float32(rng.uniform(0.85, 1.08))


def _box(image, x0, y0, x1, y1, color):
    cv2.rectangle(image, _point((x0, y0)), _point((x1, y1)), _rgb(color), -1)


def _disc(image, center, radii, color, angle=0.0, half=False):
    """An ellipse, or its upper half."""
    start = 180 if half else 0
    cv2.ellipse(image, _point(center), _point(radii), angle, start, 360,
                _rgb(color), -1, cv2.LINE_AA)  # fmt: skip


def _point(xy):
    return int(round(float(xy[0]))), int(round(float(xy[1])))


def _rgb(color):
    return tuple(float(value) for value in color)
