import numpy as np
import pytest

from keras_drsi.data.synthetic.crowd import CALM, EVERYDAY, Crowd
from keras_drsi.data.synthetic.pose import ACTIVITIES
from keras_drsi.data.synthetic.scene import compose_scene
from keras_drsi.errors import InputError


def test_draws_what_it_says():
    rng = np.random.default_rng(0)
    draws = 400
    counts = [CALM.sample_count(rng) for _ in range(draws)]
    assert set(counts) == {1, 2, 3}
    activities = {CALM.sample_activity(rng) for _ in range(draws)}
    assert activities == {"waiting", "walking"}
    headings = np.array([CALM.sample_heading(rng) for _ in range(draws)])
    assert abs(headings.std() - CALM.facing_spread) < 3
    everyday = {EVERYDAY.sample_activity(rng) for _ in range(draws)}
    assert everyday == set(ACTIVITIES)


def test_calm_people_are_larger_and_in_view():
    def persons(crowd):
        rng = np.random.default_rng(1)
        scenes = [compose_scene(rng, 96, 96, crowd) for _ in range(25)]
        return [person for scene in scenes for person in scene.people]

    def labelled(people):
        return np.mean([(p.keypoints[:, 2] > 0).mean() for p in people])

    def heights(people):
        return [person.mask.any(axis=1).sum() for person in people]

    calm, everyday = persons(CALM), persons(EVERYDAY)
    assert labelled(calm) > 0.98 > labelled(everyday)
    assert min(heights(calm)) > 0.2 * 96
    assert min(heights(calm)) > min(heights(everyday))
    assert np.mean(heights(calm)) > 1.2 * np.mean(heights(everyday))


def test_names_the_unknown_activity():
    with pytest.raises(InputError, match="flying"):
        Crowd(activities=("flying",))
