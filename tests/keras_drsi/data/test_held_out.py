import shutil

import pytest

from keras_drsi.data.coco import read_coco
from keras_drsi.data.held_out import held_out
from keras_drsi.errors import InputError
from tests.keras_drsi.data.conftest import ARROW


def test_the_first_of_the_sorted_and_every_nth_after_it():
    ids = [30, 10, 20, 50, 40, 60, 70]
    assert held_out(ids, 3) == {10, 40, 70}
    assert held_out(reversed(ids), 3) == {10, 40, 70}
    assert held_out(ids, 100) == {10}


@pytest.fixture
def train_alone(tiny_coco):
    """A directory of five images with a train split alone."""
    directory = tiny_coco.directory
    shutil.move(directory / "val2017", directory / "train2017")
    file = tiny_coco.file.with_name("person_keypoints_train2017.json")
    shutil.move(tiny_coco.file, file)
    tiny_coco.file, tiny_coco.photos = file, directory / "train2017"
    return tiny_coco


def ids(directory, split, hold_out=2):
    poses = read_coco(directory, split, ARROW, hold_out=hold_out)
    assert poses.report.skipped_images == 0
    assert poses.report.skipped_annotations == 0
    return [image.id for image in poses.images], poses


def test_the_splits_are_disjoint_and_complete(train_alone):
    train, train_poses = ids(train_alone.directory, "train")
    val, val_poses = ids(train_alone.directory, "val")
    assert (train, val) == ([2, 4], [1, 3, 5])
    for poses in (train_poses, val_poses):
        assert poses.persons_count == len(poses)
        assert poses.annotation_file == str(train_alone.file)
        (note,) = poses.report.notes
        assert note.endswith("held out as the val split: 3 of 5")
    whole, _ = ids(train_alone.directory, "train", None)
    assert whole == [1, 2, 3, 4, 5]


def test_a_missing_photo_moves_nobody_to_the_other_split(train_alone):
    (train_alone.photos / "000.png").unlink()
    val = read_coco(train_alone.directory, "val", ARROW, hold_out=2)
    train = read_coco(train_alone.directory, "train", ARROW, hold_out=2)
    assert [image.id for image in val.images] == [3, 5]
    assert [image.id for image in train.images] == [2, 4]
    assert (val.report.skipped_images, train.report.skipped_images) == (1, 0)


@pytest.mark.parametrize("every", [1, 0, -3, 2.5, True])
def test_what_cannot_be_held_out(every, train_alone):
    with pytest.raises(
        InputError, match=f"hold_out: .* at least 2, got {every}"
    ):
        read_coco(train_alone.directory, "val", ARROW, hold_out=every)


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_val_split_of_its_own_needs_none(tiny_coco, split):
    train = tiny_coco.file.with_name("person_keypoints_train2017.json")
    shutil.copy(tiny_coco.file, train)
    with pytest.raises(InputError, match="hold_out: expected .* without a val"):
        read_coco(tiny_coco.directory, split, ARROW, hold_out=2)
