import itertools

import pytest

from keras_drsi.evaluation.training_progress import training_progress


def progress(ap, box_ap=0.0, matched=0.0, oks=0.0, mean_pose=0.0):
    return training_progress(
        {
            "AP": ap,
            "box_AP": box_ap,
            "matched_persons": matched,
            "matched_OKS": oks,
            "matched_OKS_mean_pose": mean_pose,
        }
    )


def test_is_ap_once_that_tells():
    for ap in (0.02, 0.3, 1.0):
        assert progress(ap, 0.9, 0.9, 0.9, 0.1) == ap


def test_early_it_is_what_comes_first():
    """Worked by hand: (0.3 + 0.5 * 0.2) / 2 = 0.2."""
    assert progress(0.0, 0.3, 0.5, 0.6, 0.4) == pytest.approx(0.02 * 0.2)
    assert progress(0.01, 0.3, 0.5, 0.6, 0.4) == pytest.approx(0.012)


def test_a_chance_ap_does_not_hide_the_better_network():
    """Figures of a real run: the early network had the higher AP."""
    early = progress(0.0015, 0.03, 0.15, 0.18, 0.19)
    late = progress(0.0012, 0.10, 0.40, 0.22, 0.19)
    assert late > early


@pytest.mark.parametrize("figures", [(0, 0, 0, 0), (1, 1, 1, 0), (0, 1, 0, 1)])
def test_grows_with_ap(figures):
    aps = [0.0, 0.001, 0.01, 0.0199, 0.02, 0.021, 0.5]
    values = [progress(ap, *figures) for ap in aps]
    assert values == sorted(values)


def test_nobody_below_is_ahead_of_one_above():
    best, worst = (1, 1, 1, 0), (0, 1, 0, 1)
    for below, above in itertools.product((0.0, 0.0199), (0.02, 0.03)):
        assert progress(below, *best) <= progress(above, *worst)


@pytest.mark.parametrize("better", range(1, 4))
def test_grows_with_each_early_figure(better):
    figures = [0.001, 0.2, 0.3, 0.4, 0.2]
    before = progress(*figures)
    figures[better] += 0.1
    assert progress(*figures) > before
