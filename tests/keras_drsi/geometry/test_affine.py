import numpy as np
import pytest

from keras_drsi.geometry.affine import Affine


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def random_affine(rng):
    return Affine(*rng.uniform(-3, 3, 6).tolist())


def test_composition_applies_the_inner_map_first(rng):
    outer, inner = random_affine(rng), random_affine(rng)
    points = rng.uniform(-100, 100, (20, 2))
    np.testing.assert_allclose(
        (outer @ inner).apply_points(points),
        outer.apply_points(inner.apply_points(points)),
        rtol=1e-9,
    )


def test_inverse_undoes(rng):
    for _ in range(50):
        affine = random_affine(rng)
        points = rng.uniform(-100, 100, (20, 2))
        back = affine.inverse().apply_points(affine.apply_points(points))
        np.testing.assert_allclose(back, points, atol=1e-6)


def test_determinant_is_the_growth_of_areas(rng):
    affine = random_affine(rng)
    origin, x, y = affine.apply_points([[0, 0], [1, 0], [0, 1]])
    (a, b), (c, d) = x - origin, y - origin
    assert affine.determinant == pytest.approx(a * d - b * c)
    assert Affine.mirror(10).determinant == -1


def test_box_surrounds_the_moved_corners(rng):
    affine = random_affine(rng)
    box = np.array([10.0, 20.0, 50.0, 80.0])
    moved = affine.apply_boxes(box)
    inside = affine.apply_points(rng.uniform(box[:2], box[2:], (500, 2)))
    assert (inside >= moved[:2]).all() and (inside <= moved[2:]).all()
    corners = affine.apply_points([[10, 20], [50, 20], [50, 80], [10, 80]])
    np.testing.assert_allclose(moved[:2], corners.min(axis=0))
    np.testing.assert_allclose(moved[2:], corners.max(axis=0))


def test_rotation_turns_x_towards_y():
    moved = Affine.rotation(90).apply_points([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(moved, [[0, 1], [-1, 0]], atol=1e-12)


def test_box_of_an_ellipse_touches_it(rng):
    affine = random_affine(rng)
    angle = np.linspace(0, 2 * np.pi, 5000)
    ellipse = [30, 50] + np.c_[20 * np.cos(angle), 30 * np.sin(angle)]
    points = affine.apply_points(ellipse)
    moved = affine.apply_ellipses([10.0, 20.0, 50.0, 80.0])
    np.testing.assert_allclose(moved[:2], points.min(axis=0), atol=1e-3)
    np.testing.assert_allclose(moved[2:], points.max(axis=0), atol=1e-3)


def test_box_of_an_ellipse_is_the_box_where_axes_stay_parallel():
    affine = Affine.mirror(90.0) @ Affine.scaling(0.7)
    box = [10.0, 20.0, 50.0, 80.0]
    np.testing.assert_allclose(
        affine.apply_ellipses(box), affine.apply_boxes(box)
    )


def test_mirror_is_width_minus_x():
    moved = Affine.mirror(100).apply_boxes([[10.0, 1.0, 30.0, 2.0]])
    np.testing.assert_array_equal(moved, [[70, 1, 90, 2]])


def test_between_pixels_maps_indices():
    # The first of 100 pixels becomes the last.
    mirror = Affine.mirror(100).between_pixels()
    np.testing.assert_allclose(mirror.apply_points([0.0, 7.0]), [99, 7])
    # Halved, the pixels 0 and 1 share the new pixel 0.
    half = Affine.scaling(0.5).between_pixels()
    np.testing.assert_allclose(half.apply_points([0.5, 0.5]), [0, 0])


def test_shapes_and_types_are_kept():
    affine = Affine.scaling(2.0)
    assert affine.apply_points(np.zeros((2, 3, 2), "float32")).dtype == (
        np.float32
    )
    assert affine.apply_points([[1, 2]]).dtype == np.float64
    assert affine.apply_points(np.zeros((0, 5, 2))).shape == (0, 5, 2)
    assert affine.apply_boxes(np.zeros((0, 4))).shape == (0, 4)
    assert affine.apply_boxes(np.zeros((3, 1, 4))).shape == (3, 1, 4)
