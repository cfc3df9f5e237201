import functools

import numpy as np
import pytest

from keras_drsi.data.synthetic.figure import Figure
from keras_drsi.data.synthetic.scene import Layer, arrange, compose_scene
from keras_drsi.keypoints import COCO_PERSON

WIDTH, HEIGHT = 200, 160
SEEDS = range(30)


@functools.cache
def scene(seed):
    return compose_scene(np.random.default_rng(seed), WIDTH, HEIGHT)


def people():
    return [person for seed in SEEDS for person in scene(seed).people]


def test_image_is_rgb_bytes():
    image = scene(0).image
    assert image.shape == (HEIGHT, WIDTH, 3) and image.dtype == np.uint8
    assert image.std() > 5


def test_most_scenes_show_several_people():
    counts = [len(scene(seed).people) for seed in SEEDS]
    assert 1.5 < np.mean(counts) < 3.5
    assert max(counts) <= 6


def test_labelled_if_and_only_if_inside_the_image():
    for person in people():
        x, y, v = person.keypoints.T
        assert set(v) <= {0, 1, 2}
        inside = v > 0
        assert ((x >= 0) & (x < WIDTH) & (y >= 0) & (y < HEIGHT))[inside].all()
        assert not person.keypoints[~inside].any()
    unlabelled = [p for p in people() if (p.keypoints[:, 2] == 0).any()]
    assert unlabelled  # somebody is cut by the border


def test_masks_do_not_overlap():
    for seed in SEEDS:
        masks = [person.mask for person in scene(seed).people]
        if masks:
            assert np.sum(masks, axis=0).max() == 1


def test_seen_keypoints_lie_on_the_own_mask_exactly():
    for person in people():
        seen = person.keypoints[person.keypoints[:, 2] == 2]
        column, row = seen[:, :2].astype(int).T
        assert person.mask[row, column].all()


def test_a_reasonable_share_is_seen():
    visibility = np.concatenate([p.keypoints[:, 2] for p in people()])
    assert np.mean(visibility == 2) > 0.5
    assert np.mean(visibility == 1) > 0.05


def test_nobody_is_hopeless():
    for person in people():
        assert (person.keypoints[:, 2] > 0).sum() >= 3
        assert person.mask.sum() >= 0.0015 * WIDTH * HEIGHT


def block(size, left, top, nearness, is_person=True):
    """A square figure whose keypoints all lie in its middle."""
    count = len(COCO_PERSON)
    drawing = Figure(
        color=np.full((size, size, 3), 128, "float32"),
        alpha=np.ones((size, size), "float32"),
        mask=np.ones((size, size), bool),
        keypoints=np.full((count, 2), size / 2),
        exposed=np.ones(count, bool),
        origin=np.array((size / 2, size)),
    )
    return Layer(drawing, left, top, nearness, is_person)


def test_a_keypoint_behind_another_person_is_labelled_but_not_seen():
    far, near = block(60, 40, 40, 1.0), block(30, 55, 55, 2.0)
    _, (behind, before) = arrange([near, far], WIDTH, HEIGHT)
    assert (behind.keypoints[:, 2] == 1).all()
    assert (before.keypoints[:, 2] == 2).all()
    assert behind.mask.sum() == 60 * 60 - 30 * 30


def test_things_hide_people_and_are_not_annotated():
    far, thing = block(60, 40, 40, 1.0), block(30, 55, 55, 2.0, False)
    layers, described = arrange([far, thing], WIDTH, HEIGHT)
    assert len(layers) == 2 and len(described) == 1
    assert (described[0].keypoints[:, 2] == 1).all()
    assert described[0].mask.sum() == 60 * 60 - 30 * 30


def test_a_hidden_person_is_left_out_and_hides_nobody():
    farthest = block(24, 60, 60, 1.0)
    hidden = block(28, 58, 58, 2.0)  # hides the first, hidden by the third
    nearest = block(30, 57, 57, 3.0)
    layers, described = arrange([nearest, hidden, farthest], WIDTH, HEIGHT)
    assert len(layers) == len(described) == 1
    assert described[0].mask.sum() == 30 * 30


def test_a_person_whose_hider_is_left_out_is_back():
    # The nearest stands almost wholly outside: it goes, and the other stays.
    far = block(40, WIDTH - 40, 60, 1.0)
    outside = block(300, WIDTH - 40, 0, 2.0)
    layers, described = arrange([far, outside], WIDTH, HEIGHT)
    assert layers == [far]
    assert described[0].mask.sum() == 40 * 40
    assert (described[0].keypoints[:, 2] == 2).all()


def test_is_a_function_of_the_generator():
    again = compose_scene(np.random.default_rng(3), WIDTH, HEIGHT)
    np.testing.assert_array_equal(again.image, scene(3).image)


@pytest.mark.parametrize("size", ((64, 64), (64, 300), (300, 64)))
def test_any_shape_of_image(size):
    drawn = compose_scene(np.random.default_rng(0), *size)
    assert drawn.image.shape == (size[1], size[0], 3)
