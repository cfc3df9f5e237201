import numpy as np
import pytest

from training.data.synthetic.surface import Ellipsoid, Tube

AXIS = np.arange(60, dtype="float32") + 0.5


def cover(surface):
    """Depth (60, 60), -inf where the surface is not."""
    place, depth, hit = surface.cast(AXIS, AXIS)
    image = np.full(60 * 60, -np.inf, "float32")
    image[place] = depth
    chosen = np.isfinite(depth).nonzero()[0]
    return image.reshape(60, 60), hit(chosen)


def test_ball_is_the_same_as_tube_and_as_ellipsoid():
    center = np.array((30.0, 28.0, 5.0))
    tube = Tube(center, center + (0, 1e-3, 0), (12, 12), (1, 0, 0))
    ball = Ellipsoid(center, np.eye(3), (12, 12, 12))
    (first, hit), (second, _) = cover(tube), cover(ball)
    squared = (AXIS - 30) ** 2 + (AXIS[:, None] - 28) ** 2
    height = 5 + np.sqrt(np.maximum(144 - squared, 0))
    inside = squared < 140
    np.testing.assert_allclose(first[inside], height[inside], atol=1e-2)
    np.testing.assert_allclose(second[inside], height[inside], atol=1e-2)
    assert not np.isfinite(first[squared > 146]).any()
    assert not np.isfinite(second[squared > 146]).any()
    np.testing.assert_allclose((hit.normal**2).sum(0), 1, atol=1e-4)


def test_tilted_ellipsoid_satisfies_its_equation():
    angle = np.radians(30)
    axes = np.array(
        [
            (np.cos(angle), 0, np.sin(angle)),
            (0, 1, 0),
            (-np.sin(angle), 0, np.cos(angle)),
        ]
    )
    radii = np.array((10.0, 16.0, 20.0))
    depth, hit = cover(Ellipsoid((30, 30, 0), axes, radii))
    row, column = np.isfinite(depth).nonzero()
    point = np.stack([AXIS[column] - 30, AXIS[row] - 30, depth[row, column]])
    local = (axes.T @ point) / radii[:, None]
    np.testing.assert_allclose((local**2).sum(0), 1, atol=1e-3)
    np.testing.assert_allclose(hit.local, local, atol=1e-3)
    # The normal is the gradient of the equation and faces the camera.
    gradient = axes @ (local / radii[:, None])
    gradient /= np.linalg.norm(gradient, axis=0)
    np.testing.assert_allclose(hit.normal, gradient, atol=1e-3)
    assert (hit.normal[2] >= -1e-3).all()


@pytest.mark.parametrize("turn", (0, 35, 90))
def test_flat_tube_turned_about_its_axis_is_an_ellipse_seen_aslant(turn):
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    tube = Tube((30, 10, 0), (30, 50, 0), (16, 16), (c, 0, s), 0.5, (1, 1))
    depth, _ = cover(tube)
    row = depth[30]
    half = np.hypot(16 * c, 8 * s)
    assert np.isfinite(row).sum() == pytest.approx(2 * half, abs=1.1)
    column = np.isfinite(row).nonzero()[0]
    x, z = AXIS[column] - 30, row[column]
    # On the ellipse: distances along the tube's own axes.
    wide, deep = c * x + s * z, -s * x + c * z
    np.testing.assert_allclose((wide / 16) ** 2 + (deep / 8) ** 2, 1, atol=1e-3)


def test_tube_runs_through_its_widths():
    tube = Tube((30, 5, 0), (30, 55, 0), (6, 14, 8), (1, 0, 0))
    depth, hit = cover(tube)
    for row, width in ((5, 6), (29, 14), (54, 8)):
        assert depth[row].max() == pytest.approx(width, abs=0.4)
    assert hit.along.min() == 0 and hit.along.max() == pytest.approx(1)


def test_a_tube_towards_the_camera_is_nearer_at_its_end():
    depth, _ = cover(Tube((15, 30, 0), (45, 30, 25), (6, 6), (0, 1, 0)))
    assert depth[30, 45] - depth[30, 15] == pytest.approx(25, abs=1)


def test_bounds_hold_all_that_is_covered():
    surfaces = (
        Tube((20, 20, 0), (40, 35, 9), (4, 9), (0, 0, 1), 0.7),
        Ellipsoid((30, 30, 0), np.eye(3), (12, 7, 9)),
    )
    for surface in surfaces:
        row, column = np.isfinite(cover(surface)[0]).nonzero()
        x0, y0, x1, y1 = surface.bounds()
        assert x0 <= column.min() and column.max() < x1
        assert y0 <= row.min() and row.max() < y1
