import numpy as np

from keras_drsi.data.synthetic.ellipsoid import Ellipsoid

AXIS = np.arange(60, dtype="float32") + 0.5


def turned(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([(c, 0, s), (0, 1, 0), (-s, 0, c)])


def test_points_and_normals_satisfy_its_equation():
    axes, radii = turned(30), np.array((10.0, 16.0, 20.0))
    place, depth, hit = Ellipsoid((30, 28, 5), axes, radii).cast(AXIS, AXIS)
    row, column = np.divmod(place, 60)
    point = np.stack([AXIS[column] - 30, AXIS[row] - 28, depth - 5])
    local = (axes.T @ point) / radii[:, None]
    np.testing.assert_allclose((local**2).sum(0), 1, atol=1e-3)
    found = hit(np.arange(len(place)))
    np.testing.assert_allclose(found.local, local, atol=1e-3)
    # The normal is the gradient of the equation and faces the camera.
    gradient = axes @ (local / radii[:, None])
    gradient /= np.linalg.norm(gradient, axis=0)
    np.testing.assert_allclose(found.normal, gradient, atol=1e-3)
    assert (found.normal[2] >= -1e-3).all()


def test_a_ball_covers_a_disc():
    place, depth, _ = Ellipsoid((30, 30, 0), turned(77), (9, 9, 9)).cast(
        AXIS, AXIS
    )
    row, column = np.divmod(place, 60)
    squared = (AXIS[column] - 30) ** 2 + (AXIS[row] - 30) ** 2
    np.testing.assert_allclose(depth, np.sqrt(81 - squared), atol=1e-2)
    all_squared = (AXIS - 30) ** 2 + (AXIS[:, None] - 30) ** 2
    assert len(place) == (all_squared < 81).sum()


def test_bounds_hold_all_that_is_covered():
    ball = Ellipsoid((30, 30, 0), turned(40), (12, 7, 20))
    row, column = np.divmod(ball.cast(AXIS, AXIS)[0], 60)
    x0, y0, x1, y1 = ball.bounds()
    assert x0 <= column.min() and column.max() < x1 <= column.max() + 4
    assert y0 <= row.min() and row.max() < y1 <= row.max() + 4
