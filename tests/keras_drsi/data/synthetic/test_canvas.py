import numpy as np
import pytest

from keras_drsi.data.synthetic.canvas import Canvas, Part
from keras_drsi.data.synthetic.ellipsoid import Ellipsoid
from keras_drsi.data.synthetic.tube import Tube

RED, BLUE = np.float32((200, 0, 0)), np.float32((0, 0, 200))


def ball(x, z, radius=8):
    return Ellipsoid((x, 20, z), np.eye(3), (radius,) * 3)


def limb(x, z, radius=8):
    return Tube((x, 20, z), (x + 0.01, 20, z), (radius,) * 2, (0, 1, 0))


def draw(*parts, width=40, height=40, light=(0, 0, 1)):
    canvas = Canvas(width, height, light)
    canvas.draw(parts)
    return canvas


@pytest.mark.parametrize("first", (ball, limb))
@pytest.mark.parametrize("second", (ball, limb))
def test_the_nearer_surface_hides_the_other_in_either_order(first, second):
    far, near = Part(first(18, 0), RED), Part(second(22, 20), BLUE)
    color = draw(far, near).color()
    np.testing.assert_array_equal(color, draw(near, far).color())
    assert color[20, 22].argmax() == 2
    assert color[20, 12].argmax() == 0


@pytest.mark.parametrize("shape", (ball, limb))
def test_colour_body_and_depth_cover_the_same_pixels(shape):
    canvas = draw(Part(shape(38, 0, radius=12), RED), height=30)
    assert canvas.color().shape == (30, 40, 3)
    drawn = canvas.color()[..., 0] > 0
    np.testing.assert_array_equal(drawn, canvas.body > 0)
    np.testing.assert_array_equal(drawn, np.isfinite(canvas.depth))
    assert drawn.any() and not drawn[:, :20].any()


def test_what_lies_outside_is_not_drawn():
    canvas = draw(Part(ball(80, 0), RED), Part(limb(-30, 0), RED))
    assert not canvas.body.any() and not canvas.color().any()


@pytest.mark.parametrize("shape", (ball, limb))
def test_props_hide_the_body_but_are_none(shape):
    canvas = draw(Part(ball(16, 0), RED), Part(shape(24, 20), BLUE, prop=True))
    assert canvas.body[20, 12] == 255 and canvas.body[20, 24] == 0
    assert np.isfinite(canvas.depth[20, 24])


def test_keep_leaves_out_a_part():
    canvas = draw(Part(ball(20, 0), RED, keep=lambda hit: hit.local[0] > 0))
    assert not canvas.body[:, :19].any() and canvas.body[:, 21:].any()


@pytest.mark.parametrize("shape", (ball, limb))
def test_paint_sees_where_it_paints(shape):
    def halves(hit):
        right = hit.normal[0] > 0
        return np.where(right, RED[:, None], BLUE[:, None])

    color = draw(Part(shape(20, 0), halves)).color()
    assert color[20, 25].argmax() == 0 and color[20, 15].argmax() == 2


def test_light_from_the_left_lights_the_left():
    canvas = draw(Part(ball(20, 0), RED), light=(-0.8, 0, 0.6))
    color = canvas.color()[20, :, 0]
    assert color[15] > color[25] > 0
    assert color.max() <= 255
