import numpy as np
import pytest

from keras_drsi.data.synthetic.body import Body
from keras_drsi.data.synthetic.figure import draw_figure
from keras_drsi.data.synthetic.outfit import Outfit
from keras_drsi.data.synthetic.pose import SIDES, sample_pose
from keras_drsi.data.synthetic.skeleton import pose_skeleton
from keras_drsi.keypoints import COCO_PERSON

LIGHT = np.array((-0.3, -0.5, 0.81))
FACE = ("nose", "left_eye", "right_eye")


def figure(yaw, seed=0, activity="standing", seat=None, pixels=90.0):
    rng = np.random.default_rng(seed)
    body = Body.sample(rng)
    # Arms down and head ahead, so that no hand passes before the face.
    pose = sample_pose(rng, activity) | {"neck_turn": 0.0, "neck_flexion": 0.0}
    for side in SIDES:
        pose |= {f"{side}_shoulder_flexion": 0.0, f"{side}_elbow_flexion": 10.0}
        pose |= {f"{side}_shoulder_abduction": 15.0}
    skeleton = pose_skeleton(body, pose, yaw)
    outfit = Outfit.sample(rng, skirt=False)
    return draw_figure(body, skeleton, outfit, pixels, LIGHT, seat)


def index(name):
    return COCO_PERSON.names.index(name)


def x_of(drawn, name):
    return drawn.keypoints[index(name), 0]


@pytest.mark.parametrize("seed", range(6))
def test_from_the_front_the_left_is_on_the_right_of_the_image(seed):
    front, back = figure(0, seed), figure(180, seed)
    for joint in ("eye", "ear", "shoulder", "hip", "ankle"):
        left, right = f"left_{joint}", f"right_{joint}"
        assert x_of(front, left) > x_of(front, right)
        assert x_of(back, left) < x_of(back, right)


@pytest.mark.parametrize("seed", range(6))
def test_the_face_is_seen_from_the_front_and_not_from_behind(seed):
    front, back = figure(0, seed), figure(180, seed)
    for name in FACE:
        assert front.exposed[index(name)]
        assert not back.exposed[index(name)]


@pytest.mark.parametrize("yaw, near, far", (
    (90, "right", "left"),
    (-90, "left", "right"),
))  # fmt: skip
def test_in_profile_the_far_eye_and_ear_are_hidden(yaw, near, far):
    drawn = figure(yaw, seed=4)
    assert drawn.exposed[index(f"{near}_eye")]
    for part in ("eye", "ear", "shoulder", "hip"):
        assert not drawn.exposed[index(f"{far}_{part}")]


@pytest.mark.parametrize("seed", range(20))
def test_exposed_keypoints_lie_on_the_mask_and_all_inside_the_drawing(seed):
    drawn = figure(40.0 * seed, seed, activity=None)
    height, width = drawn.mask.shape
    assert ((drawn.keypoints > 0) & (drawn.keypoints < (width, height))).all()
    column, row = drawn.keypoints[drawn.exposed].astype(int).T
    near = [
        drawn.mask[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2].any()
        for r, c in zip(row, column)
    ]
    assert all(near)


def test_nothing_touches_the_border_of_the_drawing():
    for seed in range(20):
        drawn = figure(33.0 * seed, seed, activity=None)
        edge = np.ones_like(drawn.mask)
        edge[1:-1, 1:-1] = False
        assert not drawn.mask[edge].any()


def test_a_stool_is_drawn_and_is_no_part_of_the_person():
    without = figure(30, activity="sitting")
    seated = figure(30, activity="sitting", seat=np.float32((200, 80, 60)))
    assert (seated.alpha > 0.5).sum() > (without.alpha > 0.5).sum()
    assert not (seated.mask & ~without.mask).any()


def test_size_follows_the_scale():
    small, large = figure(0, pixels=40.0), figure(0, pixels=160.0)
    assert large.mask.sum() / small.mask.sum() == pytest.approx(16, rel=0.06)
    left, right = index("left_shoulder"), index("right_shoulder")
    for_scale = [
        np.linalg.norm(f.keypoints[left] - f.keypoints[right])
        for f in (small, large)
    ]
    assert for_scale[1] == pytest.approx(4 * for_scale[0])
