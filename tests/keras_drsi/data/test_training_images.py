import collections
import dataclasses

import numpy as np
import pytest

from keras_drsi.data.augment import Augmentation
from keras_drsi.data.mosaic import WINDOW
from keras_drsi.data.training_images import TrainingPictures

CANVAS = (192, 256)
RED, GREEN = [True, False, False], [False, True, False]
STILL = Augmentation.none()
GEOMETRY = {
    "none": STILL,
    "flip": dataclasses.replace(STILL, flip=1.0),
    "translation": dataclasses.replace(STILL, translation=0.1),
    "scale": dataclasses.replace(STILL, scale=(0.5, 1.5)),
    "mosaic": dataclasses.replace(STILL, mosaic=1.0),
    "all": Augmentation(hue=0, saturation=0, value=0),
}


def centroid_near(picture, point, radius):
    """Centroid of the dot's light; photos are black and padding is grey."""
    x, y = np.rint(point).astype(int)
    window = slice(y - radius, y + radius), slice(x - radius, x + radius)
    light = picture[window].max(axis=-1).astype("float64")
    light[light < 130] = 0
    assert light.any(), "no dot where a keypoint should be"
    rows, columns = np.mgrid[window] + 0.5
    return [(light * columns).sum(), (light * rows).sum()] / light.sum()


@pytest.mark.parametrize("name", GEOMETRY)
def test_dots_follow_their_keypoints(tiny_poses, name):
    pictures = TrainingPictures(tiny_poses, CANVAS, 3, GEOMETRY[name])
    radius = 14  # of the largest dot
    checked = 0
    for position in range(40):
        picture, persons = pictures.picture(0, position)
        for x, y, v in persons.keypoints.reshape(-1, 3):
            to_border = min(x, y, CANVAS[1] - x, CANVAS[0] - y)
            if v and to_border > radius:
                found = centroid_near(picture, (x, y), radius)
                np.testing.assert_allclose(found, (x, y), atol=1)
                checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    "name, left, right", [("none", RED, GREEN), ("flip", GREEN, RED)]
)
def test_mirrored_dots_trade_names(tiny_poses, name, left, right):
    pictures = TrainingPictures(tiny_poses, CANVAS, 3, GEOMETRY[name])
    for position in range(5):
        picture, persons = pictures.picture(0, position)
        columns, rows = persons.keypoints[0, :, :2].astype(int).T
        colors = picture[rows, columns] > 150
        assert colors.tolist() == [[True] * 3, left, right]


def test_mirrored_picture_is_the_mirror_image(tiny_poses):
    plain = TrainingPictures(tiny_poses, CANVAS, 3, STILL)
    mirrored = TrainingPictures(tiny_poses, CANVAS, 3, GEOMETRY["flip"])
    for position in range(5):
        picture, persons = plain.picture(0, position)
        other, other_persons = mirrored.picture(0, position)
        # One level: interpolation rounds from the other side.
        difference = other.astype(int) - picture[:, ::-1]
        assert np.abs(difference).max() <= 1
        left, top, right, bottom = persons.boxes.T
        np.testing.assert_allclose(
            other_persons.boxes.T,
            [CANVAS[1] - right, top, CANVAS[1] - left, bottom],
            atol=1e-4,
        )


def test_mosaic_keeps_everyone_wholly_visible(tiny_poses):
    """By the dots: each one seen whole belongs to a person in the targets."""
    pictures = TrainingPictures(tiny_poses, CANVAS, 5, GEOMETRY["mosaic"])
    tips = 0
    for position in range(100):
        picture, persons = pictures.picture(0, position)
        white = (picture > 200).all(axis=-1)
        for y, x in np.argwhere(white)[::17]:
            distance = np.hypot(*(persons.keypoints[:, 0, :2] - (x, y)).T)
            labelled = persons.keypoints[:, 0, 2] > 0
            near_border = min(x, y, CANVAS[1] - x, CANVAS[0] - y) < 20
            if not near_border:
                assert (distance[labelled] < 20).any()
                tips += 1
    assert tips > 100


def test_targets_stay_on_the_canvas(tiny_poses):
    pictures = TrainingPictures(tiny_poses, CANVAS, 5, Augmentation())
    limit = np.array([CANVAS[1], CANVAS[0]])
    for position in range(200):
        picture, persons = pictures.picture(0, position)
        assert picture.shape == (*CANVAS, 3) and picture.dtype == np.uint8
        assert persons.labelled.all()
        boxes = persons.boxes
        assert (boxes >= 0).all()
        assert (boxes.reshape(-1, 2, 2) <= limit).all()
        assert (boxes[:, 2:] - boxes[:, :2] >= 2).all()
        points = persons.keypoints[..., :2]
        assert (points >= 0).all() and (points <= limit).all()
        assert not points[persons.keypoints[..., 2] == 0].any()
        assert (persons.areas > 0).all()


def test_epoch_shows_every_photo_as_often(tiny_poses):
    pictures = TrainingPictures(tiny_poses, CANVAS, 5, Augmentation())
    order, offsets = pictures._order(2)
    shown = [
        order[(position - offset) % 5]
        for position in range(5)
        for offset in (0, *offsets)
    ]
    assert np.bincount(shown).tolist() == [4] * 5


@pytest.mark.parametrize("seed", range(8))
def test_each_photo_of_a_large_set_is_decoded_once(
    seed, tiny_poses, monkeypatch
):
    photos = 3000
    decoded = collections.Counter()

    def decode(path, width, height, reduction):
        decoded[path] += 1
        return np.zeros((1, 1, 3), "uint8"), 1

    monkeypatch.setattr("keras_drsi.data.image_store.decode_image", decode)
    images = tuple(
        dataclasses.replace(
            tiny_poses.images[0], path=str(n), width=9999, height=9999
        )
        for n in range(photos)
    )
    poses = dataclasses.replace(tiny_poses, images=images)
    pictures = TrainingPictures(poses, (64, 64), seed, GEOMETRY["mosaic"])
    for position in range(photos):
        pictures.picture(0, position)
    assert len(decoded) == photos
    # The first mosaics have companions from the end of the order, too.
    twice = sum(count - 1 for count in decoded.values())
    assert twice < WINDOW


def test_a_picture_depends_on_its_place_alone(tiny_poses):
    def picture(seed, epoch, position, before=()):
        pictures = TrainingPictures(tiny_poses, CANVAS, seed, Augmentation())
        for place in before:
            pictures.picture(*place)
        return pictures.picture(epoch, position)[0]

    first = picture(7, 1, 3)
    again = picture(7, 1, 3, before=[(0, 0), (1, 4), (2, 3), (5, 1)])
    np.testing.assert_array_equal(first, again)
    for place in ((8, 1, 3), (7, 2, 3), (7, 1, 4)):
        assert (picture(*place) != first).any()


def test_the_same_is_seen_in_any_size(tiny_poses):
    pictures = TrainingPictures(tiny_poses, CANVAS, 5, GEOMETRY["all"])
    whole = 0
    for position in range(20):
        _, large = pictures.picture(0, position)
        picture, small = pictures.picture(0, position, (96, 128))
        assert picture.shape == (96, 128, 3)
        if len(small) == len(large):  # nobody became too small
            np.testing.assert_allclose(
                small.keypoints[..., :2],
                large.keypoints[..., :2] / 2,
                atol=1e-3,
            )
            whole += 1
    assert whole > 10


def test_set_of_one_photo(tiny_poses):
    poses = dataclasses.replace(tiny_poses, images=tiny_poses.images[:1])
    pictures = TrainingPictures(poses, CANVAS, 5, GEOMETRY["mosaic"])
    counts = [len(pictures.picture(0, place)[1]) for place in range(20)]
    assert 1 <= max(counts) <= 4


def test_unusable_photo_becomes_grey_without_persons(tiny_coco):
    poses = tiny_coco.read()
    path = tiny_coco.photos / "000.png"
    path.write_bytes(path.read_bytes()[:40])
    poses = dataclasses.replace(poses, images=poses.images[:1])
    pictures = TrainingPictures(poses, CANVAS, 5, STILL)
    picture, persons = pictures.picture(0, 0)
    assert (picture == 114).all() and len(persons) == 0


def test_without_mosaic_a_picture_is_of_one_photo(tiny_poses):
    pictures = TrainingPictures(tiny_poses, CANVAS, 3, GEOMETRY["mosaic"])
    for position in range(5):
        _, persons = pictures.picture(2, position, mosaic=False)
        assert len(persons) == 1  # one photo, one arrow
