import numpy as np

from keras_drsi.data.synthetic.outfit import Outfit


def test_no_skirts_where_the_pose_does_not_suit():
    legs = {
        skirt: {
            Outfit.sample(np.random.default_rng(seed), skirt).legs
            for seed in range(150)
        }
        for skirt in (True, False)
    }
    assert legs[True] == {"trousers", "shorts", "leggings", "skirt", "dress"}
    assert legs[False] == {"trousers", "shorts", "leggings"}


def test_people_look_different():
    outfits = [Outfit.sample(np.random.default_rng(i)) for i in range(60)]
    for name in ("skin", "hair", "shoes"):
        colors = np.array([getattr(outfit, name) for outfit in outfits])
        assert colors.std(0).min() > 15
        assert 0 <= colors.min() and colors.max() <= 255
    assert len({outfit.hair_style for outfit in outfits}) >= 6


def test_nobody_looks_undressed():
    for seed in range(150):
        outfit = Outfit.sample(np.random.default_rng(seed))
        for cloth in (outfit.top, outfit.bottom):
            assert np.linalg.norm(cloth.color - outfit.skin) > 30
