import numpy as np
import pytest

from keras_drsi.data.synthetic.tube import Tube, TubeCast

AXIS = np.arange(60, dtype="float32") + 0.5


def cover(*tubes):
    """Depth (60, 60) of each tube, -inf where it is not; counts; hits."""
    near = [tube.near(AXIS, AXIS) for tube in tubes]
    cast = TubeCast(list(tubes), near)
    images = np.full((len(tubes), 60 * 60), -np.inf, "float32")
    which = np.repeat(np.arange(len(tubes)), [len(n[0]) for n in near])
    images[which, np.concatenate([n[0] for n in near])] = cast.depth
    chosen = np.isfinite(cast.depth).nonzero()[0]
    return images.reshape(-1, 60, 60), *cast.hits(chosen)


def test_without_length_it_is_a_ball():
    (depth,), _, hit = cover(
        Tube((30, 28, 5), (30, 28.001, 5), (12, 12), (1, 0, 0))
    )
    squared = (AXIS - 30) ** 2 + (AXIS[:, None] - 28) ** 2
    height = 5 + np.sqrt(np.maximum(144 - squared, 0))
    inside = squared < 140
    np.testing.assert_allclose(depth[inside], height[inside], atol=1e-2)
    assert not np.isfinite(depth[squared > 146]).any()
    row, column = np.isfinite(depth).nonzero()
    outward = np.stack([AXIS[column] - 30, AXIS[row] - 28]) / 12
    np.testing.assert_allclose(hit.normal[:2], outward, atol=1e-2)
    np.testing.assert_allclose((hit.normal**2).sum(0), 1, atol=1e-4)


@pytest.mark.parametrize("turn", (0, 35, 90))
def test_flat_tube_turned_about_its_axis_is_an_ellipse_seen_aslant(turn):
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    (depth,), _, _ = cover(
        Tube((30, 10, 0), (30, 50, 0), (16, 16), (c, 0, s), 0.5, (1, 1))
    )
    row = depth[30]
    half = np.hypot(16 * c, 8 * s)
    assert np.isfinite(row).sum() == pytest.approx(2 * half, abs=1.1)
    column = np.isfinite(row).nonzero()[0]
    x, z = AXIS[column] - 30, row[column]
    # On the ellipse: distances along the tube's own axes.
    wide, deep = c * x + s * z, -s * x + c * z
    np.testing.assert_allclose((wide / 16) ** 2 + (deep / 8) ** 2, 1, atol=1e-3)


def test_runs_through_its_widths():
    (depth,), _, hit = cover(
        Tube((30, 5, 0), (30, 55, 0), (6, 14, 8), (1, 0, 0))
    )
    for row, width in ((5, 6), (29, 14), (54, 8)):
        assert depth[row].max() == pytest.approx(width, abs=0.4)
    assert hit.along.min() == 0 and hit.along.max() == pytest.approx(1)


def test_ends_are_as_round_as_their_caps():
    (depth,), _, _ = cover(
        Tube((30, 20, 0), (30, 40, 0), (8, 8), (1, 0, 0), 1.0, (2, 12))
    )
    row = np.isfinite(depth).any(1).nonzero()[0]
    assert row[0] == pytest.approx(20 - 2, abs=1)
    assert row[-1] == pytest.approx(40 + 12, abs=1)


def test_towards_the_camera_it_is_nearer_at_its_end():
    (depth,), _, _ = cover(Tube((15, 30, 0), (45, 30, 25), (6, 6), (0, 1, 0)))
    assert depth[30, 45] - depth[30, 15] == pytest.approx(25, abs=1)


def test_left_up_and_ahead_of_a_hanging_limb():
    tube = Tube((30, 10, 0), (30, 50, 0), (6, 6), (1, 0, 0))
    np.testing.assert_allclose(tube.left, (1, 0, 0))
    np.testing.assert_allclose(tube.up, (0, -1, 0))
    np.testing.assert_allclose(tube.ahead, (0, 0, 1))


def test_many_at_once_are_the_same_as_one_by_one():
    tubes = (
        Tube((20, 20, 0), (40, 35, 9), (4, 9), (0, 0, 1), 0.7),
        Tube((30, 30, 4), (30, 50, -5), (3, 8, 5, 4), (1, 0, 0)),
        Tube((200, 30, 4), (230, 50, -5), (3, 8), (1, 0, 0)),  # out of sight
        Tube((10, 50, 4), (50, 10, -5), (3, 8, 5), (0, 0.6, 0.8), 1.2, (1, 2)),
    )
    together, counts, hit = cover(*tubes)
    ends = np.cumsum(counts)
    assert counts[2] == 0 and ends[-1] == hit.normal.shape[1]
    for tube, depth, start, end in zip(tubes, together, ends - counts, ends):
        (alone,), (count,), found = cover(tube)
        np.testing.assert_allclose(depth, alone, rtol=1e-5)
        assert count == end - start
        np.testing.assert_allclose(
            hit.normal[:, start:end], found.normal, atol=1e-5
        )
        np.testing.assert_allclose(hit.along[start:end], found.along, atol=1e-6)


def test_bounds_hold_all_that_is_covered():
    tube = Tube((20, 20, 0), (40, 35, 9), (4, 9), (0, 0, 1), 0.7)
    row, column = np.isfinite(cover(tube)[0][0]).nonzero()
    x0, y0, x1, y1 = tube.bounds()
    assert x0 <= column.min() and column.max() < x1
    assert y0 <= row.min() and row.max() < y1
