import dataclasses

import numpy as np

from keras_drsi.data.synthetic.body import Body


def sample(count=200):
    return [Body.sample(np.random.default_rng(i)) for i in range(count)]


def test_standing_height_is_about_the_stature():
    for body in sample():
        height = body.ankle + body.shin + body.thigh + body.spine
        height += body.neck + body.head
        assert 0.95 < height / body.stature < 1.05


def test_lengths_are_positive_and_vary():
    bodies = np.array([dataclasses.astuple(body) for body in sample()])
    assert (bodies > 0).all()
    assert (bodies.std(0) > 0).all()


def test_children_have_larger_heads_for_their_body():
    bodies = sample()
    children = [b.head / b.stature for b in bodies if b.stature < 1.46]
    others = [b.head / b.stature for b in bodies if b.stature >= 1.5]
    assert len(children) + len(others) == len(bodies)
    assert min(children) > max(others)
