import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.geometry.letterbox import PADDING_VALUE, Letterbox, box_average


def test_there_and_back_for_random_sizes():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        width, height = rng.integers(16, 4001, 2).tolist()
        input_size = tuple((64 * rng.integers(1, 17, 2)).tolist())
        letterbox = Letterbox(width, height, input_size)
        points = rng.uniform(0, (width, height), (20, 2)).astype("float32")
        moved = letterbox.apply_points(points)
        limit = (letterbox.input_width, letterbox.input_height)
        assert (moved >= 0).all() and (moved <= np.add(limit, 1e-3)).all()
        back = letterbox.invert_points(moved)
        np.testing.assert_allclose(back, points, atol=1e-3)
        boxes = np.c_[points[:10], points[:10] + 5]
        back = letterbox.invert_boxes(letterbox.apply_boxes(boxes))
        np.testing.assert_allclose(back, boxes, atol=1e-3)


@pytest.mark.parametrize("width, height", [(640, 427), (427, 640), (9, 9)])
def test_longest_side_fills_the_input_from_the_top_left(width, height):
    letterbox = Letterbox(width, height, 320)
    corners = letterbox.apply_boxes([0, 0, width, height])
    assert corners.max() == pytest.approx(320)
    np.testing.assert_array_equal(corners[:2], 0)
    content = (letterbox.content_width, letterbox.content_height)
    np.testing.assert_allclose(content, corners[2:], atol=0.5)


def test_rectangular_input_is_height_and_width():
    letterbox = Letterbox(100, 100, (64, 128))
    assert letterbox.scale == 0.64
    assert (letterbox.input_height, letterbox.input_width) == (64, 128)


@pytest.mark.parametrize("side", [0, -64, 1.5, "64", True, (64,), (64, 0)])
def test_bad_input_size_is_named(side):
    with pytest.raises(InputError, match="input_size: expected"):
        Letterbox(10, 10, side)


def test_bad_image_size_is_named():
    with pytest.raises(InputError, match="image_width: expected.*got 0"):
        Letterbox(0, 10, 64)


class TestImage:
    def test_pixels_move_with_points(self):
        for width, height, size in ((90, 61, 320), (301, 222, 64)):
            image = np.zeros((height, width, 3), "uint8")
            image[30:40, 50:60] = 255
            letterbox = Letterbox(width, height, size)
            padded = letterbox.apply_image(image).astype("float64")[..., 0]
            padded[letterbox.content_height :] = 0
            padded[:, letterbox.content_width :] = 0
            rows, columns = np.mgrid[:size, :size] + 0.5
            centroid = [
                (columns * padded).sum() / padded.sum(),
                (rows * padded).sum() / padded.sum(),
            ]
            expected = letterbox.apply_points([55.0, 35.0])
            np.testing.assert_allclose(centroid, expected, atol=0.05)

    def test_padding_stands_below_and_right(self):
        letterbox = Letterbox(100, 50, 64)
        padded = letterbox.apply_image(np.zeros((50, 100, 3), "uint8"))
        assert padded.shape == (64, 64, 3) and padded.dtype == np.uint8
        assert (padded[:32] == 0).all()
        assert (padded[32:] == PADDING_VALUE).all()

    def test_same_size_changes_nothing(self):
        image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), "uint8")
        padded = Letterbox(64, 64, 64).apply_image(image)
        np.testing.assert_array_equal(padded, image)

    def test_texture_finer_than_the_result_becomes_its_mean(self):
        image = np.zeros((256, 256, 3), "uint8")
        image[::2] = 200
        padded = Letterbox(256, 256, 64).apply_image(image)
        np.testing.assert_array_equal(padded, 100)

    def test_a_reduction_by_whole_numbers_is_the_mean_of_squares(self):
        rng = np.random.default_rng(0)
        image = rng.integers(0, 256, (195, 192, 3), "uint8")
        padded = Letterbox(192, 195, (65, 64)).apply_image(image)
        means = image.reshape(65, 3, 64, 3, 3).mean(axis=(1, 3))
        np.testing.assert_array_equal(padded, np.rint(means))

    def test_the_largest_squares_do_not_overflow(self):
        image = np.full((600, 600, 3), 255, "uint8")
        np.testing.assert_array_equal(box_average(image, 300), 255)

    def test_a_row_that_no_square_fills_is_kept(self):
        image = np.full((723, 1280, 3), 7, "uint8")
        padded = Letterbox(1280, 723, 640).apply_image(image)
        assert (padded[:362] == 7).all() and (
            padded[362:] == PADDING_VALUE
        ).all()

    def test_thin_image(self):
        padded = Letterbox(4000, 3, 64).apply_image(
            np.full((3, 4000, 3), 9, "uint8")
        )
        assert (padded[0] == 9).all() and (padded[1:] == PADDING_VALUE).all()

    def test_other_shape_is_refused(self):
        with pytest.raises(InputError, match=r"\(10, 20, 3\).*got float64"):
            Letterbox(20, 10, 64).apply_image(np.zeros((10, 20, 3)))
