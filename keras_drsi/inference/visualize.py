"""Drawing of poses over images."""

import numpy as np

from keras_drsi.errors import InputError

# OpenCV gets fixed-point coordinates with 4 fractional bits: with integers,
# limbs would jitter in videos.
SHIFT = 4
MAX_COORDINATE = 1e6  # px; larger ones overflow the integers of OpenCV
DARK, LIGHT = (24, 24, 24), (255, 255, 255)
BOX = (255, 214, 64)
PAGE = (250, 250, 250)
INK = (60, 60, 60)
FONT = 0  # cv2.FONT_HERSHEY_SIMPLEX


def draw_poses(
    image,
    poses,
    schema,
    boxes=False,
    scores=False,
    names=False,
    hollow_below=0.5,
    hidden_below=0.2,
):
    """Draws the skeletons of poses over an image.

    Lines and dots scale with the size of the person. Each half of a limb has
    the color of its keypoint, which distinguishes left, right and middle. A
    dot is hollow, and its limbs thin, if a true keypoint is occluded (v = 1)
    or a predicted one is uncertain.

    Args:
        image: uint8 RGB array of shape (height, width, 3). It is not modified.
        poses: dict of the poses in pixels of `image`. Predictions consist of
            `boxes` (P, 4) xyxy, `scores` (P,) and `keypoints` (P, K, 3) as x,
            y, confidence. Ground truth has no `scores`, and x, y, visibility
            as `keypoints`. An optional integer `count` limits the rows that
            are drawn.
        schema: `KeypointSchema` with skeleton and colors.
        boxes: boolean, whether to draw boxes. Defaults to `False`.
        scores: boolean, whether to write the scores of predictions. Defaults
            to `False`.
        names: boolean, whether to write the names of the keypoints. Defaults
            to `False`.
        hollow_below: float, confidence below which a predicted keypoint is
            drawn hollow. Defaults to 0.5.
        hidden_below: float, confidence below which a predicted keypoint is not
            drawn. Defaults to 0.2.

    Returns:
        New uint8 RGB array of shape (height, width, 3).

    Raises:
        InputError: if image or keypoints have an unexpected shape or dtype.
        ImportError: if OpenCV is not installed.
    """
    canvas = _checked_copy(image)
    keypoints = np.asarray(poses["keypoints"], "float64")
    if keypoints.ndim != 3 or keypoints.shape[1:] != (len(schema), 3):
        raise InputError(
            f"draw_poses: keypoints: expected shape (P, {len(schema)}, 3), "
            f"got {keypoints.shape}."
        )
    count = int(poses.get("count", len(keypoints)))
    predicted = "scores" in poses
    edges = (hidden_below, hollow_below) if predicted else (0.5, 1.5)
    persons = [
        _Person(points, np.asarray(box, "float64"), *edges)
        for points, box in zip(keypoints[:count], poses["boxes"][:count])
    ]
    # Largest first, to keep smaller persons in front visible.
    order = sorted(range(count), key=lambda row: -persons[row].size)
    for row in order:
        if boxes:
            _draw_box(canvas, persons[row])
        _draw_skeleton(canvas, persons[row], schema)
    if names:
        for row in order:
            _draw_names(canvas, persons[row], schema)
    if scores and predicted:
        for row in order:
            _draw_score(canvas, persons[row], float(poses["scores"][row]))
    return canvas


def gallery(
    images,
    predictions,
    targets,
    schema,
    captions=None,
    height=360,
    columns=2,
    **drawing,
):
    """Draws a grid of ground truth and predictions, side by side.

    Args:
        images: list of uint8 RGB arrays of shape (height, width, 3).
        predictions: list of dicts, see `draw_poses`.
        targets: list of dicts, see `draw_poses`.
        schema: `KeypointSchema`.
        captions: list of strings, one per image. Defaults to none.
        height: integer, height of each image in the grid in pixels. Defaults
            to 360.
        columns: integer, number of pairs in a row. Defaults to 2.
        **drawing: options of `draw_poses`.

    Returns:
        uint8 RGB array of shape (grid height, grid width, 3).

    Raises:
        InputError: if `images` is empty.
    """
    captions = captions or [""] * len(images)
    pairs = [
        _pair(*entry, schema, height, drawing)
        for entry in zip(images, predictions, targets, captions)
    ]
    if not pairs:
        raise InputError("gallery: expected at least one image, got none.")
    width = max(pair.shape[1] for pair in pairs)
    pairs = [_padded(pair, width) for pair in pairs]
    blank = np.full_like(pairs[0], PAGE)
    pairs += [blank] * (-len(pairs) % columns)
    rows = [
        np.concatenate(pairs[start : start + columns], axis=1)
        for start in range(0, len(pairs), columns)
    ]
    return np.concatenate(rows)


class _Person:
    """A pose and its line width."""

    def __init__(self, keypoints, box, hidden_below, hollow_below):
        self.points = keypoints[:, :2]
        self.box = np.clip(np.nan_to_num(box), -MAX_COORDINATE, MAX_COORDINATE)
        confidence = keypoints[:, 2]  # or visibility
        near = (np.abs(self.points) < MAX_COORDINATE).all(
            axis=1
        )  # false for NaN
        self.drawn = near & (confidence >= hidden_below)
        self.solid = near & (confidence >= hollow_below)
        width, height = self.box[2:] - self.box[:2]
        self.size = float(np.sqrt(max(width * height, 0)))
        self.line = float(np.clip(0.019 * self.size, 1.2, 40))
        self.radius = 1.15 * self.line


def _draw_skeleton(canvas, person, schema):
    limbs = np.array(schema.skeleton_index, int).reshape(-1, 2)
    limbs = limbs[person.drawn[limbs].all(axis=1)]
    start, end = person.points[limbs[:, 0]], person.points[limbs[:, 1]]
    solid = person.solid[limbs].all(axis=1)
    width = person.line * np.where(solid, 1.0, 0.55)
    for outline in _strips(start, end, width + 0.5 * person.line):
        _fill(canvas, outline, DARK)
    whole = _strips(start, end, width)
    half = _strips((start + end) / 2, end, width)
    for (first, second), one, other in zip(limbs, whole, half):
        _fill(canvas, one, schema.colors[first])
        _fill(canvas, other, schema.colors[second])
    for index in np.flatnonzero(person.drawn):
        _dot(
            canvas,
            person.points[index],
            person.radius,
            schema.colors[index],
            person.solid[index],
        )


def _strips(start, end, width):
    """Corners (L, 4, 2) of limbs, as rectangles of any width.

    The lines of OpenCV have integer widths. The square ends are covered by
    dots.
    """
    along = end - start
    length = np.maximum(np.hypot(*along.T), 1e-6)
    across = along[:, ::-1] * (-1, 1) * (width / 2 / length)[:, None]
    corners = start + across, end + across, end - across, start - across
    return _fixed(np.stack(corners, axis=1))


def _fill(canvas, corners, color):
    cv2 = _cv2()
    cv2.fillConvexPoly(canvas, corners, color, cv2.LINE_AA, SHIFT)


def _dot(canvas, center, radius, color, solid):
    _disc(canvas, center, radius + max(0.35 * radius, 0.6), DARK)
    _disc(canvas, center, radius, color)
    if not solid:
        _disc(canvas, center, 0.6 * radius, LIGHT)


def _disc(canvas, center, radius, color):
    cv2 = _cv2()
    cv2.circle(
        canvas,
        _fixed(center),
        max(round(radius * 2**SHIFT), 1),
        color,
        cv2.FILLED,
        cv2.LINE_AA,
        SHIFT,
    )


def _fixed(points):
    # Integer coordinates are pixel centers in OpenCV, pixel corners here.
    return np.rint((points - 0.5) * 2**SHIFT).astype("int32")


def _draw_box(canvas, person):
    cv2 = _cv2()
    corners = np.rint(person.box).astype(int).tolist()
    width = max(round(0.3 * person.line), 1)
    cv2.rectangle(canvas, corners[:2], corners[2:], BOX, width, cv2.LINE_AA)


def _draw_names(canvas, person, schema):
    """Writes each name right of its keypoint, with a dark outline."""
    size = _text_size(canvas, 0.05 * person.size)
    for index in np.flatnonzero(person.drawn):
        x, y = person.points[index]
        position = int(x + 1.5 * person.radius), int(y + size / 2)
        for outline, color in ((2, DARK), (0, LIGHT)):
            _write(canvas, schema.names[index], *position, size, color, outline)


def _draw_score(canvas, person, score):
    """Writes the score on a dark label at the top left of the box."""
    text = f"{score:.2f}"
    size = _text_size(canvas, 0.08 * person.size)
    width, height = _text_extent(text, size)
    x, y = person.box[:2]
    x = int(np.clip(x, 0, max(canvas.shape[1] - width - 6, 0)))
    y = int(np.clip(y - height - 6, 0, max(canvas.shape[0] - height - 6, 0)))
    label = canvas[y : y + height + 6, x : x + width + 6]
    label[:] = (0.35 * label + 0.65 * np.array(DARK)).astype("uint8")
    _write(canvas, text, x + 3, y + height + 2, size, LIGHT)


def _pair(image, predicted, true, caption, schema, height, drawing):
    """Ground truth and prediction of an image, with captions."""
    image = _checked_copy(image)
    scale = height / image.shape[0]
    large = _resized(image, scale)
    panels = []
    for title, poses in (("truth", true), ("prediction", predicted)):
        title = f"{caption}   {title}" if caption else title
        drawn = draw_poses(large, _scaled(poses, scale), schema, **drawing)
        panels.append(_framed(drawn, title))
    return np.concatenate(panels, axis=1)


def _framed(image, caption, margin=8, band=26):
    height, width = image.shape[:2]
    frame = np.full((height + band + margin, width + margin, 3), PAGE, "uint8")
    frame[band : band + height, margin // 2 : margin // 2 + width] = image
    while caption and _text_extent(caption, 11)[0] > width:
        caption = caption[1:]
    _write(frame, caption, margin // 2, band - 8, 11, INK)
    return frame


def _padded(image, width):
    missing = width - image.shape[1]
    page = np.full((image.shape[0], missing, 3), PAGE, "uint8")
    return np.concatenate([image, page], axis=1)


def _resized(image, scale):
    cv2 = _cv2()
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    height, width = (max(round(side * scale), 1) for side in image.shape[:2])
    return cv2.resize(image, (width, height), interpolation=method)


def _scaled(poses, scale):
    keypoints = np.array(poses["keypoints"], "float64")
    keypoints[..., :2] *= scale
    boxes = np.asarray(poses["boxes"], "float64") * scale
    return {**poses, "keypoints": keypoints, "boxes": boxes}


def _text_size(canvas, wanted):
    """Clips a text height to a legible one, at most 18 px in a 720p image."""
    largest = max(18, canvas.shape[0] / 40)
    return float(np.clip(wanted, 9, largest))


def _text_extent(text, size):
    cv2 = _cv2()
    scale = cv2.getFontScaleFromHeight(FONT, round(size))
    return cv2.getTextSize(text, FONT, scale, 1)[0]


def _write(canvas, text, x, y, size, color, outline=0):
    """Writes text `size` px high with its baseline at y."""
    cv2 = _cv2()
    scale = cv2.getFontScaleFromHeight(FONT, round(size))
    weight = max(round(size / 14), 1) + outline
    cv2.putText(canvas, text, (x, y), FONT, scale, color, weight, cv2.LINE_AA)


def _checked_copy(image):
    image = np.array(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(
            "image: expected uint8 of shape (height, width, 3), got "
            f"{image.dtype} of shape {image.shape}."
        )
    return np.ascontiguousarray(image)


def _cv2():
    try:
        import cv2
    except ImportError as error:
        raise ImportError(
            "drawing needs OpenCV: pip install opencv-python-headless"
        ) from error
    return cv2
