import numpy as np
import pytest

from keras_drsi.data.persons import Persons
from keras_drsi.data.sigmas import estimate_sigmas
from keras_drsi.keypoints import COCO_PERSON

MEAN = np.mean(COCO_PERSON.sigmas)


def persons(noise, count=400, labelled=1.0, seed=0):
    """Objects of many sizes whose keypoints stray about a fixed figure."""
    rng = np.random.default_rng(seed)
    noise = np.array(noise)
    figure = rng.uniform(-0.4, 0.4, (len(noise), 2))
    scale = rng.uniform(20, 200, (count, 1, 1))
    stray = rng.normal(size=(count, len(noise), 2)) * noise[:, None]
    points = 500 + scale * (figure + stray)
    visible = 2.0 * (rng.random((count, len(noise))) < labelled)
    points = points * (visible[..., None] > 0)
    corners = np.broadcast_to(500, (count, 2)) - scale[:, 0] / 2
    boxes = np.concatenate([corners, corners + scale[:, 0]], axis=1)
    return Persons(
        boxes,
        np.concatenate([points, visible[..., None]], axis=-1),
        scale[:, 0, 0] ** 2,
    )


@pytest.mark.parametrize("labelled", [1.0, 0.7])
def test_finds_the_ratios(labelled):
    noise = (0.05, 0.1, 0.075, 0.075)
    found, known = estimate_sigmas([persons(noise, labelled=labelled)], 4)
    assert all(known)
    expected = np.array(noise) * MEAN / np.mean(noise)
    np.testing.assert_allclose(found, expected, rtol=0.15)
    assert np.mean(found) == pytest.approx(MEAN, rel=0.01)


def test_stays_within_reason():
    found, _ = estimate_sigmas([persons((0.001, 0.1, 0.1))], 3)
    assert min(found) == 0.02
    assert max(found) <= 0.12


@pytest.mark.parametrize("count", [0, 1, 19])
def test_too_few_objects(count):
    found, known = estimate_sigmas([persons((0.05, 0.1), count)], 2)
    assert found == pytest.approx((MEAN, MEAN), abs=1e-4)
    assert known == (False, False)


def test_too_few_of_one_keypoint():
    few = persons((0.05, 0.1, 0.1), 40)
    few.keypoints[:30, 1, 2] = 0
    found, known = estimate_sigmas([few], 3)
    assert known == (True, False, True)


def test_a_single_keypoint():
    found, known = estimate_sigmas([persons((0.05,))], 1)
    assert found == pytest.approx((MEAN,), abs=1e-4)
    assert known == (False,)
