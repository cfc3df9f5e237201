import dataclasses
import logging

import numpy as np
import pytest

from keras_drsi.data import image_store
from keras_drsi.data.coco import read_coco
from keras_drsi.data.image_store import (
    Photos,
    decoded_bytes,
    divided_budget,
    reduction,
    verify_photos,
)
from keras_drsi.errors import InputError


@pytest.fixture
def decoded(monkeypatch):
    """Paths in the order in which they are decoded."""
    paths, decode = [], image_store.decode_image

    def listed(path, *arguments):
        paths.append(path)
        return decode(path, *arguments)

    monkeypatch.setattr(image_store, "decode_image", listed)
    return paths


def test_small_set_is_decoded_once(tiny_poses, decoded):
    photos = Photos(tiny_poses.images, 64, kept=1)
    for _ in range(3):
        for index in range(5):
            pixels, reduction = photos[index]
            image = tiny_poses.images[index]
            assert pixels.shape == (image.height, image.width, 3)
            assert reduction == 1
    assert len(decoded) == 5


def test_large_set_keeps_the_last_ones(tiny_poses, decoded):
    photos = Photos(tiny_poses.images, 64, kept=2, budget=110_000)
    for index in (0, 1, 0, 2, 0, 1):  # 1 was dropped when 2 came
        photos[index]
    names = [path[-7:-4] for path in decoded]
    assert names == ["000", "001", "002", "001"]


def test_budget_bounds_the_bytes_held(tiny_poses, decoded):
    photos = Photos(tiny_poses.images, 64, kept=5, budget=60_000)
    for index in (0, 1, 0, 1):  # 57,600 and 41,472 bytes
        photos[index]
    assert len(decoded) == 4


def test_large_photos_are_reduced_as_far_as_sharpness_allows(tiny_poses):
    for longest, expected in ((160, 1), (80, 2), (81, 1), (40, 4), (3, 8)):
        assert reduction(tiny_poses.images[0], longest) == expected


def test_unusable_photo_is_logged_once(tiny_coco, caplog):
    poses = tiny_coco.read()
    path = tiny_coco.photos / "001.png"
    path.write_bytes(path.read_bytes()[:50])
    photos = Photos(poses.images, 64, kept=5)
    with caplog.at_level(logging.WARNING):
        assert photos[1] is None and photos[1] is None
        assert photos[0] is not None
    assert list(photos.unusable) == [1]
    assert len(caplog.messages) == 1
    assert str(path) in caplog.messages[0]


def test_verify_leaves_out_and_reports(tiny_coco):
    poses = tiny_coco.read()
    path = tiny_coco.photos / "003.png"
    path.write_bytes(path.read_bytes()[:50])
    verified = verify_photos(poses, verbose=0)
    assert [image.id for image in verified.images] == [1, 2, 3, 5]
    assert len(verified.report.lines) == 1
    assert str(path) in verified.report.lines[0]
    assert verified.report.skipped_images == 1
    assert verified.report.skipped_annotations == 1


def test_verify_keeps_what_is_fine(tiny_poses):
    verified = verify_photos(tiny_poses, verbose=0)
    assert verified.images == tiny_poses.images
    assert tiny_poses.report.lines == []


def test_verify_refuses_a_set_with_nothing_usable(tiny_coco):
    poses = tiny_coco.read()
    wrong = dataclasses.replace(poses.images[0], width=7)
    poses = dataclasses.replace(poses, images=(wrong,))
    with pytest.raises(InputError, match="usable photo.*7 x 120.*160 x 120"):
        verify_photos(poses, verbose=0)


def test_real_photos_decode(coco_dev):
    poses = read_coco(coco_dev, "val")
    assert verify_photos(poses, verbose=0).images == poses.images
    photos = Photos(poses.images, 160, kept=20)
    sizes = [np.multiply(photos[i][0].shape[:2], photos[i][1]) for i in (0, 1)]
    for image, size in zip(poses.images, sizes):
        assert (np.abs(size - (image.height, image.width)) < 4).all()


@pytest.mark.parametrize(
    "needs, expected",
    [
        ([700], [100]),
        ([700, 900], [50, 50]),
        ([900, 10], [90, 10]),
        ([40, 900, 20], [40, 40, 20]),
        ([50, 900, 20], [40, 40, 20]),
        ([10, 20], [10, 90]),
    ],
)
def test_memory_is_divided_among_sets(needs, expected):
    assert divided_budget(needs, budget=100) == expected


def test_bytes_of_a_set(tiny_poses):
    photos = Photos(tiny_poses.images, 64, kept=5)
    pixels = [photos[index][0].nbytes for index in range(5)]
    reduced = [reduction(image, 64) for image in tiny_poses.images]
    assert decoded_bytes(tiny_poses.images, 64) == sum(
        size // factor**2 for size, factor in zip(pixels, reduced)
    )
