import numpy as np

from training.data.synthetic.canvas import Canvas
from training.data.synthetic.surface import Ellipsoid

RED, BLUE = np.float32((200, 0, 0)), np.float32((0, 0, 200))


def ball(x, z, radius=8):
    return Ellipsoid((x, 20, z), np.eye(3), (radius,) * 3)


def test_the_nearer_surface_hides_the_other_in_either_order():
    pictures = []
    for order in ((0, 1), (1, 0)):
        canvas = Canvas(40, 40, (0, 0, 1))
        things = ((ball(18, 0), RED), (ball(22, 20), BLUE))
        for index in order:
            canvas.draw(*things[index])
        pictures.append(canvas.color())
    np.testing.assert_array_equal(*pictures)
    assert pictures[0][20, 22].argmax() == 2
    assert pictures[0][20, 12].argmax() == 0


def test_colour_body_and_depth_cover_the_same_pixels():
    canvas = Canvas(40, 30, (0, -0.6, 0.8))
    canvas.draw(ball(38, 0, radius=12), RED)  # beyond two borders
    assert canvas.color().shape == (30, 40, 3)
    drawn = canvas.color()[..., 0] > 0
    np.testing.assert_array_equal(drawn, canvas.body > 0)
    np.testing.assert_array_equal(drawn, np.isfinite(canvas.depth))
    assert drawn.any() and not drawn[:, :20].any()


def test_props_hide_the_body_but_are_none():
    canvas = Canvas(40, 40, (0, 0, 1))
    canvas.draw(ball(16, 0), RED)
    canvas.draw(ball(24, 20), BLUE, prop=True)
    assert canvas.body[20, 12] == 255 and canvas.body[20, 24] == 0
    assert np.isfinite(canvas.depth[20, 24])


def test_keep_leaves_out_a_part():
    canvas = Canvas(40, 40, (0, 0, 1))
    canvas.draw(ball(20, 0), RED, keep=lambda hit: hit.local[0] > 0)
    assert not canvas.body[:, :19].any() and canvas.body[:, 21:].any()


def test_light_from_the_left_lights_the_left():
    canvas = Canvas(40, 40, (-0.8, 0, 0.6))
    canvas.draw(ball(20, 0), RED)
    color = canvas.color()[20, :, 0]
    assert color[15] > color[25] > 0
    assert color.max() <= 255
