import numpy as np
import pytest

from keras_drsi import COCO_PERSON
from keras_drsi.data.persons import Persons
from keras_drsi.geometry.affine import Affine


def some_persons(rng, count, keypoints, size=100):
    corners = np.sort(rng.uniform(0, size, (count, 2, 2)), axis=1)
    visibility = rng.integers(0, 3, (count, keypoints, 1))
    points = rng.uniform(0, size, (count, keypoints, 2)) * (visibility > 0)
    return Persons(
        corners.reshape(-1, 4).astype("float32"),
        np.concatenate([points, visibility], axis=-1).astype("float32"),
        rng.uniform(0, size**2, count).astype("float32"),
    )


def random_involution(rng, length):
    """A flip index: some pairs trade places, the rest stay."""
    index = np.arange(length)
    chosen = rng.permutation(length)[: 2 * rng.integers(0, length // 2 + 1)]
    first, second = chosen[::2], chosen[1::2]
    index[first], index[second] = second, first
    return index.tolist()


def assert_same(one, other, atol=1e-4):
    np.testing.assert_allclose(one.boxes, other.boxes, atol=atol)
    np.testing.assert_allclose(one.keypoints, other.keypoints, atol=atol)
    np.testing.assert_allclose(one.areas, other.areas, rtol=1e-6)


@pytest.mark.parametrize("keypoints", [len(COCO_PERSON), *range(1, 41, 3)])
def test_mirrored_twice_is_unchanged(keypoints):
    rng = np.random.default_rng(keypoints)
    flip_index = random_involution(rng, keypoints)
    if keypoints == len(COCO_PERSON):
        flip_index = COCO_PERSON.flip_index
    persons = some_persons(rng, 6, keypoints)
    mirror = Affine.mirror(100.0)
    once = persons.moved(mirror, flip_index)
    assert_same(once.moved(mirror, flip_index), persons)
    assert not np.allclose(once.boxes, persons.boxes)


def test_mirror_swaps_left_and_right():
    persons = Persons(
        np.array([[10, 0, 40, 50]], "float32"),
        np.array([[[20, 5, 2], [10, 40, 1], [0, 0, 0]]], "float32"),
        np.array([300], "float32"),
    )
    mirrored = persons.moved(Affine.mirror(100), (0, 2, 1))
    np.testing.assert_array_equal(mirrored.boxes, [[60, 0, 90, 50]])
    np.testing.assert_array_equal(
        mirrored.keypoints, [[[80, 5, 2], [0, 0, 0], [90, 40, 1]]]
    )
    np.testing.assert_array_equal(mirrored.areas, [300])


def test_areas_grow_with_the_determinant():
    persons = some_persons(np.random.default_rng(0), 5, 3)
    moved = persons.moved(Affine.scaling(0.5), range(3))
    np.testing.assert_allclose(moved.areas, persons.areas / 4)


def test_unlabelled_points_stay_zero():
    persons = some_persons(np.random.default_rng(0), 20, 5)
    moved = persons.moved(Affine.translation(7.0, 9.0), range(5))
    unlabelled = moved.keypoints[..., 2] == 0
    assert unlabelled.any() and not moved.keypoints[unlabelled].any()


class TestClipped:
    def test_half_outside(self):
        persons = Persons(
            np.array([[-10, 20, 10, 40]], "float32"),
            np.array([[[-1, 30, 2], [5, 30, 1], [0, 30, 2]]], "float32"),
            np.array([100], "float32"),
        )
        clipped, fraction = persons.clipped(50, 50)
        np.testing.assert_array_equal(fraction, [0.5])
        np.testing.assert_array_equal(clipped.boxes, [[0, 20, 10, 40]])
        np.testing.assert_array_equal(clipped.areas, [50])
        np.testing.assert_array_equal(
            clipped.keypoints, [[[0, 0, 0], [5, 30, 1], [0, 30, 2]]]
        )

    def test_fraction_of_boxes_without_extent(self):
        boxes = [[5, 5, 5, 5], [60, 5, 60, 5], [5, 5, 5, 95], [50, 0, 50, 9]]
        persons = Persons(
            np.array(boxes, "float32"),
            np.zeros((4, 1, 3), "float32"),
            np.ones(4, "float32"),
        )
        clipped, fraction = persons.clipped(50, 50)
        np.testing.assert_allclose(fraction, [1, 0, 0.5, 1])
        assert np.isfinite(clipped.areas).all()

    def test_inside_is_unchanged(self):
        persons = some_persons(np.random.default_rng(0), 9, 4)
        clipped, fraction = persons.clipped(100, 100)
        assert_same(clipped, persons)
        np.testing.assert_allclose(fraction, 1)


def test_padded_to_fixed_rows():
    persons = some_persons(np.random.default_rng(0), 3, 4)
    padded = persons.padded(5)
    assert padded["count"] == 3 and padded["count"].dtype == np.int32
    for name, shape in (
        ("boxes", (5, 4)),
        ("keypoints", (5, 4, 3)),
        ("areas", (5,)),
    ):
        assert padded[name].shape == shape
        assert padded[name].dtype == np.float32
        np.testing.assert_array_equal(padded[name][:3], getattr(persons, name))
        assert not padded[name][3:].any()


def test_together_and_none():
    persons = some_persons(np.random.default_rng(0), 3, 4)
    nobody = Persons.none(4)
    both = Persons.together([nobody, persons, persons])
    assert len(nobody) == 0 and len(both) == 6
    assert_same(both.chosen([0, 1, 2]), persons)
