import numpy as np
import pytest

from keras_drsi.data.synthetic.background import paint_background


@pytest.mark.parametrize("seed", range(24))
def test_paints_the_whole_image(seed):
    rng = np.random.default_rng(seed)
    horizon = rng.uniform(-10, 90)
    image = paint_background(rng, 96, 80, horizon)
    assert image.shape == (80, 96, 3) and image.dtype == np.float32
    assert np.isfinite(image).all()
    assert -80 < image.min() and image.max() < 340


def test_places_differ():
    means = [
        paint_background(np.random.default_rng(i), 64, 64, 30).mean((0, 1))
        for i in range(12)
    ]
    assert np.std(means, axis=0).min() > 10
