import numpy as np
import pytest

from keras_drsi.data.warp import blank_canvas, paint
from keras_drsi.geometry.affine import Affine
from keras_drsi.geometry.letterbox import PADDING_VALUE, Letterbox


def noise(height, width):
    return np.random.default_rng(0).integers(
        0, 256, (height, width, 3), "uint8"
    )


def test_identity_copies():
    photo = noise(40, 50)
    canvas = blank_canvas(60, 60)
    paint(canvas, photo, Affine.translation(5.0, 7.0))
    np.testing.assert_array_equal(canvas[7:47, 5:55], photo)
    canvas[7:47, 5:55] = PADDING_VALUE
    assert (canvas == PADDING_VALUE).all()


def test_mirror_reverses():
    photo = noise(40, 50)
    canvas = blank_canvas(40, 50)
    paint(canvas, photo, Affine.mirror(50.0))
    np.testing.assert_array_equal(canvas, photo[:, ::-1])


@pytest.mark.parametrize("size", [(64, 90), (300, 222), (427, 640), (700, 33)])
def test_letterbox_looks_like_the_library_s(size):
    photo = noise(*size)
    letterbox = Letterbox(size[1], size[0], (128, 192))
    canvas = blank_canvas(128, 192)
    paint(canvas, photo, letterbox.affine)
    difference = canvas.astype(int) - letterbox.apply_image(photo)
    # Rounding twice: to the mean of squares, and between pixels.
    assert np.abs(difference).max() <= 2


@pytest.mark.parametrize("shift", [(-500, 0), (500, 0), (0, -500), (0, 500)])
def test_outside_paints_nothing(shift):
    canvas = blank_canvas(50, 50)
    paint(canvas, noise(40, 40), Affine.translation(*shift))
    assert (canvas == PADDING_VALUE).all()


def test_a_rotated_image_leaves_the_rest_of_the_canvas_alone():
    canvas = blank_canvas(60, 60)
    affine = Affine.translation(30.0, 0.0) @ Affine.rotation(45)
    paint(canvas, np.zeros((20, 20, 3), "uint8"), affine)
    assert (canvas[12:16, 28:32] == 0).all()
    for corner in (canvas[:8, :20], canvas[:8, -20:], canvas[30:]):
        assert (corner == PADDING_VALUE).all()


@pytest.mark.parametrize("factor", [0.13, 0.5, 0.77, 1.0, 1.61])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 25])
def test_pixels_move_with_points(factor, mirrored, degrees):
    photo = np.zeros((200, 300, 3), "uint8")
    photo[90:110, 140:160] = 255
    affine = Affine.translation(11.3, 17.8) @ Affine.scaling(factor)
    if degrees:
        middle = Affine.translation(*affine.apply_points([150.0, 100.0]))
        turn = middle @ Affine.rotation(degrees) @ middle.inverse()
        affine = turn @ affine
    if mirrored:
        affine = Affine.mirror(320.0) @ affine
    canvas = np.zeros((320, 320, 3), "uint8")
    paint(canvas, photo, affine)
    light = canvas[..., 0].astype("float64")
    rows, columns = np.mgrid[:320, :320] + 0.5
    centroid = [(columns * light).sum(), (rows * light).sum()] / light.sum()
    expected = affine.apply_points([150.0, 100.0])
    np.testing.assert_allclose(centroid, expected, atol=0.05)
