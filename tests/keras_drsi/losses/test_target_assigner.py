import keras
import numpy as np
import pytest

from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.losses.target_assigner import TargetAssigner
from tests.backend import compiled
from tests.yolo_pose_vectors import SOURCES, yolo_pose_vectors

ANCHORS = (
    ((20, 25), (45, 40), (40, 95)),
    ((95, 70), (85, 150), (180, 135)),
    ((140, 300), (300, 265), (240, 540)),
    ((435, 615), (740, 380), (925, 790)),
)
WIDTH, HEIGHT = 384, 256
MAP_SIZES = [(HEIGHT // s, WIDTH // s) for s in LEVEL_STRIDES.values()]

assign = compiled(
    lambda boxes, count: tuple(
        TargetAssigner(ANCHORS)(boxes, count, MAP_SIZES)
    ),
    uses_xla=True,
)


def random_persons(seed, images, persons):
    rng = np.random.default_rng(seed)
    center = rng.uniform(0, (WIDTH, HEIGHT), (images, persons, 2))
    half = np.exp(rng.uniform(0, 6, (images, persons, 2))) / 2
    boxes = np.concatenate([center - half, center + half], axis=-1)
    return boxes.astype("float32"), np.full(images, persons, "int32")


def places(assignment):
    """The positives as a set of (level, image, person, position)."""
    _, positions, positive = assignment
    level, image, person, _, _ = index = np.nonzero(positive)
    found = list(zip(level, image, person, positions[index]))
    assert len(found) == len(set(found))
    return set(found)


def expected_places(boxes):
    """The same, person by person and anchor by anchor."""
    found = set()
    for image, persons in enumerate(boxes.astype("float64")):
        for person, (left, top, right, bottom) in enumerate(persons):
            sides = right - left, bottom - top
            for level, stride in enumerate(LEVEL_STRIDES.values()):
                x = (left + right) / 2 / stride
                y = (top + bottom) / 2 / stride
                column, row = int(x), int(y)
                cells = {
                    (column, row),
                    (column + (1 if x % 1 >= 0.5 else -1), row),
                    (column, row + (1 if y % 1 >= 0.5 else -1)),
                }
                height, width = MAP_SIZES[level]
                for anchor, anchor_sides in enumerate(ANCHORS[level]):
                    ratios = np.divide(sides, anchor_sides)
                    if max(*ratios, *(1 / ratios)) >= 4:
                        continue
                    for c, r in cells:
                        if 0 <= c < width and 0 <= r < height:
                            position = (r * width + c) * 3 + anchor
                            found.add((level, image, person, position))
    return found


def test_equals_a_plain_loop():
    boxes, count = random_persons(0, 4, 50)
    assert places(assign(boxes, count)) == expected_places(boxes)


def test_every_person_that_fits_an_anchor_is_assigned_near_its_center():
    boxes, count = random_persons(1, 2, 64)
    # Centres on corners and edges of the map, and on its last float.
    centers = [(0, 0), (WIDTH, HEIGHT), (WIDTH, 0), (8, 16), (12, HEIGHT)]
    half = np.array([15, 30])
    for person, center in enumerate(np.array(centers, "float64")):
        boxes[0, person] = *(center - half), *(center + half)
    cells, _, positive = assign(boxes, count)
    sides = boxes[..., 2:] - boxes[..., :2]
    ratios = sides[:, :, None, None] / np.array(ANCHORS)
    fits = (np.maximum(ratios, 1 / ratios) < 3.99).all(-1)
    levels_that_fit = fits.any(-1).transpose(2, 0, 1)
    assert levels_that_fit[:, 0, : len(centers)].any(0).all()
    assert positive.any((-2, -1))[levels_that_fit].all()

    strides = np.reshape(list(LEVEL_STRIDES.values()), (-1, 1, 1, 1))
    center = (boxes[..., :2] + boxes[..., 2:]) / 2 / strides
    offset = (center[..., None, :] - cells)[positive.any(-2)]
    # What 2 * sigmoid - 0.5 can reach.
    assert offset.min() >= -0.5 and offset.max() <= 1.5


@pytest.mark.parametrize("source", SOURCES)
def test_count_of_positives_equals_yolo_pose(source):
    vectors = yolo_pose_vectors(source)
    y = vectors.targets(max_persons=8)
    assigner = TargetAssigner(vectors.anchors)
    width, height = vectors.image_size
    map_sizes = [(height // s, width // s) for s in LEVEL_STRIDES.values()]
    positive = compiled(lambda *y: assigner(*y, map_sizes).positive)(
        y["boxes"], y["count"]
    )
    np.testing.assert_array_equal(positive.sum((1, 2, 3, 4)), vectors.positives)


def test_a_batch_equals_its_images_one_by_one():
    boxes, count = random_persons(2, 3, 20)
    count[1] = 7
    together = assign(boxes, count)
    for image in range(3):
        alone = assign(boxes[image : image + 1], count[image : image + 1])
        for part, single in zip(together, alone):
            np.testing.assert_array_equal(part[:, image : image + 1], single)


def test_order_of_persons_does_not_matter():
    boxes, count = random_persons(3, 2, 20)
    order = np.random.default_rng(4).permutation(20)
    for part, shuffled in zip(
        assign(boxes, count), assign(boxes[:, order], count)
    ):
        np.testing.assert_array_equal(part[:, :, order], shuffled)


def test_rows_beyond_count_are_ignored():
    boxes, count = random_persons(5, 2, 20)
    all_places = places(assign(boxes, count))
    count[:] = 0, 11
    assert places(assign(boxes, count)) == {
        place for place in all_places if place[1] == 1 and place[2] < 11
    }


def test_boxes_without_width_or_height_match_nothing():
    boxes = np.array([[[50, 50, 50, 90], [50, 50, 90, 50], [9, 9, 9, 9]]], "f")
    assert not places(assign(boxes, np.array([3], "int32")))


def test_positions_are_valid_indices_everywhere():
    boxes, count = random_persons(6, 2, 40)
    boxes[0] += 1e4
    _, positions, _ = assign(boxes, count)
    for level, (height, width) in enumerate(MAP_SIZES):
        assert positions[level].min() >= 0
        assert positions[level].max() < height * width * 3


@pytest.mark.parametrize("ratio", [1.5, 4.0])
def test_ratio_is_exclusive(ratio):
    width, height = ANCHORS[0][0]
    boxes = np.zeros((1, 2, 4), "float32")
    boxes[0, 0, 2:] = width * ratio, height
    boxes[0, 1, 2:] = width * ratio * 0.999, height
    assigner = TargetAssigner(ANCHORS, ratio)
    positive = compiled(lambda *y: assigner(*y, MAP_SIZES).positive)(
        boxes, np.array([2], "int32")
    )
    own_cell = positive[0, 0, :, 0, 0]
    np.testing.assert_array_equal(own_cell, [False, True])


def test_config_round_trip():
    assigner = TargetAssigner(ANCHORS, ratio=2.5)
    config = keras.saving.serialize_keras_object(assigner)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == assigner.get_config()
