"""Poses are drawn where they are, and nothing given is changed."""

import copy

import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.inference.visualize import draw_poses, gallery
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema

STICK = KeypointSchema(
    names=("left", "right"),
    sigmas=(0.05, 0.05),
    swap_pairs=(("left", "right"),),
    skeleton=(("left", "right"),),
    colors=((255, 0, 0), (0, 0, 255)),
)
GRAY = np.full((100, 160, 3), 128, "uint8")


def stick(left=2.0, right=2.0, side=80, **more):
    """One person of 100 x 80 px with its keypoints at x = 30 and 130."""
    return {
        "boxes": np.array([[20, 10, 20 + side, 10 + side]], "float32"),
        "keypoints": np.array([[[30, 50, left], [130, 50, right]]], "float32"),
        **more,
    }


def changed(drawn):
    return (drawn != GRAY).any(axis=-1)


def test_limbs_and_dots_have_their_place_and_colors():
    drawn = draw_poses(GRAY, stick(), STICK)
    assert drawn.shape == GRAY.shape and drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn[50, 30], STICK.colors[0])
    np.testing.assert_array_equal(drawn[50, 60], STICK.colors[0])
    np.testing.assert_array_equal(drawn[50, 100], STICK.colors[1])
    np.testing.assert_array_equal(drawn[50, 130], STICK.colors[1])
    rows, columns = np.nonzero(changed(drawn))
    # Continuous coordinates: pixel i covers [i, i + 1).
    assert rows.mean() + 0.5 == pytest.approx(50, abs=0.1)
    assert columns.mean() + 0.5 == pytest.approx(80, abs=0.1)


def test_nothing_given_is_changed():
    image, poses = GRAY.copy(), stick(scores=np.array([0.9]), count=1)
    before = copy.deepcopy(poses)
    draw_poses(image, poses, STICK, boxes=True, scores=True)
    gallery([image], [poses], [stick()], STICK, ["name"])
    np.testing.assert_array_equal(image, GRAY)
    for key, value in before.items():
        np.testing.assert_array_equal(poses[key], value)


@pytest.mark.parametrize(
    "poses",
    [
        stick(left=1.0),
        stick(left=0.4, right=0.9, scores=np.array([0.9])),
    ],
    ids=["occluded", "uncertain"],
)
def test_occluded_and_uncertain_dots_are_hollow(poses):
    drawn = draw_poses(GRAY, poses, STICK)
    np.testing.assert_array_equal(drawn[50, 30], [255, 255, 255])
    np.testing.assert_array_equal(drawn[50, 130], STICK.colors[1])


@pytest.mark.parametrize(
    "poses",
    [stick(left=0.0), stick(left=0.1, right=0.9, scores=np.array([0.9]))],
    ids=["unlabelled", "unlikely"],
)
def test_unlabelled_and_unlikely_keypoints_are_not_drawn(poses):
    drawn = draw_poses(GRAY, poses, STICK)
    assert not changed(drawn)[:, :115].any()
    assert changed(drawn)[50, 130]


def test_width_grows_with_the_person():
    heights = [
        changed(draw_poses(GRAY, stick(side=side), STICK))[:, 60].sum()
        for side in (10, 80, 400)
    ]
    assert heights[0] < heights[1] < heights[2]


def test_rows_beyond_the_count_are_not_drawn():
    drawn = draw_poses(GRAY, stick(count=np.int32(0)), STICK, boxes=True)
    np.testing.assert_array_equal(drawn, GRAY)


def test_boxes_and_scores_on_demand():
    poses = stick(scores=np.array([0.5]))
    poses["keypoints"][..., 2] = 0  # only box and score
    plain = draw_poses(GRAY, poses, STICK)
    boxed = draw_poses(GRAY, poses, STICK, boxes=True)
    scored = draw_poses(GRAY, poses, STICK, scores=True)
    assert not changed(plain).any()
    assert changed(boxed)[10, 25:95].all() and changed(boxed)[15:85, 20].all()
    assert changed(scored).any()


def test_names_on_demand():
    plain = draw_poses(GRAY, stick(left=0), STICK)
    named = draw_poses(GRAY, stick(left=0), STICK, names=True)
    rows, columns = np.nonzero((named != plain).any(axis=-1))
    # Only beside the keypoint that is there, which stays as it was.
    assert columns.min() > 130 and abs(rows.mean() - 50) < 5


def test_letters_grow_with_the_drawn():
    heights = []
    for side in (400, 3000):
        image = np.full((side, side, 3), 128, "uint8")
        poses = stick(side=side - 40, scores=np.array([0.5]))
        poses["keypoints"][..., 2] = 0  # only the score
        drawn = draw_poses(image, poses, STICK, scores=True)
        rows, _ = np.nonzero((drawn != image).any(axis=-1))
        heights.append(np.ptp(rows))
    assert heights[0] < 40 and heights[1] > 70


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (40, 2000)])
def test_any_image_size_and_any_coordinates(size):
    rng = np.random.default_rng(0)
    K = len(COCO_PERSON)
    keypoints = rng.normal(0, 1000, (6, K, 3))
    keypoints[1] = np.nan
    keypoints[2] *= 1e30
    boxes = rng.normal(0, 1000, (6, 4))
    boxes[3] = np.inf
    poses = {"boxes": boxes, "keypoints": keypoints, "scores": np.ones(6)}
    image = np.zeros((*size, 3), "uint8")
    drawn = draw_poses(
        image, poses, COCO_PERSON, boxes=True, scores=True, names=True
    )
    assert drawn.shape == image.shape


def test_gallery_puts_prediction_beside_truth():
    found = stick(left=0.9, right=0.9, scores=np.array([0.9]))
    found["keypoints"][..., 1] = 20
    images = [GRAY, GRAY[:, :80], GRAY]
    drawn = gallery(
        images,
        [found] * 3,
        [stick()] * 3,
        STICK,
        ["first", "a very long caption " * 20, "third"],
        height=200,
    )
    assert drawn.dtype == np.uint8 and drawn.shape[0] > 2 * 200
    red = np.all(drawn == STICK.colors[0], axis=-1)
    rows, columns = np.nonzero(red[:234, :660])
    truth, prediction = columns < 330, columns >= 330
    # Twice as large as the image: 50 and 20 px below its top.
    assert rows[truth].mean() - rows[prediction].mean() == pytest.approx(
        60, abs=1
    )


@pytest.mark.parametrize(
    "image",
    [GRAY.astype("float32"), GRAY[..., 0], np.zeros((9, 9, 4), "uint8")],
)
def test_other_images_are_refused(image):
    with pytest.raises(InputError, match="image: expected uint8"):
        draw_poses(image, stick(), STICK)


def test_other_keypoints_are_refused():
    expected = f"expected shape \\(P, {len(COCO_PERSON)}, 3\\), got \\(1, 2, 3"
    with pytest.raises(InputError, match=expected):
        draw_poses(GRAY, stick(), COCO_PERSON)
    with pytest.raises(InputError, match="at least one image"):
        gallery([], [], [], STICK)
