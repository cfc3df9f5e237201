import numpy as np
import pytest

from keras_drsi.data.mosaic import (
    WINDOW,
    companion_offsets,
    mosaic_frame,
    mosaic_placements,
)

CANVAS = (128, 192)


def placed_boxes(rng, sizes):
    placements = mosaic_placements(rng, sizes, CANVAS)
    return np.stack(
        [
            placement.apply_boxes([0.0, 0.0, width, height])
            for placement, (height, width) in zip(placements, sizes)
        ]
    )


def test_photos_meet_at_one_point_and_never_overlap():
    rng = np.random.default_rng(0)
    for _ in range(200):
        sizes = rng.integers(16, 1000, (4, 2)).tolist()
        boxes = placed_boxes(rng, sizes)
        x, y = boxes[0, 2:]
        np.testing.assert_allclose(boxes[1, [0, 3]], [x, y])
        np.testing.assert_allclose(boxes[2, [2, 1]], [x, y])
        np.testing.assert_allclose(boxes[3, :2], [x, y])
        height, width = CANVAS
        assert 0.5 * width <= x <= 1.5 * width
        assert 0.5 * height <= y <= 1.5 * height


def test_photos_have_the_scale_of_a_letterbox():
    boxes = placed_boxes(np.random.default_rng(0), [(50, 100)] * 4)
    sides = boxes[:, 2:] - boxes[:, :2]
    np.testing.assert_allclose(sides, [[192, 96]] * 4)


def test_frame_is_twice_the_canvas():
    assert mosaic_frame(CANVAS) == (256, 384)


@pytest.mark.parametrize("photos", [1, 2, 3, 4, 5, 100, 118_287])
def test_companions_are_three_different_photos(photos):
    rng = np.random.default_rng(0)
    for _ in range(20):
        offsets = companion_offsets(rng, photos)
        assert len(set(offsets.tolist())) == 3
        assert (offsets > 0).all() and (offsets < WINDOW).all()
        if photos >= 4:
            assert len({0, *(offsets % photos).tolist()}) == 4
