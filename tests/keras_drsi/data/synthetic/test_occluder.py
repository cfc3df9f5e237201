import numpy as np
import pytest

from keras_drsi.data.synthetic.occluder import draw_occluder


@pytest.mark.parametrize("seed", range(12))
def test_is_drawn_premultiplied_and_reaches_into_the_image(seed):
    drawn, (left, top) = draw_occluder(np.random.default_rng(seed), 160, 120)
    tall, wide = drawn.alpha.shape
    assert drawn.color.shape == (tall, wide, 3)
    assert 0 <= drawn.alpha.min() and drawn.alpha.max() == 1
    assert not drawn.color[drawn.alpha == 0].any()
    assert left < 160 and left + wide > 0 and top < 120 and top + tall > 0
