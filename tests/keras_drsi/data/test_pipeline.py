import dataclasses
import functools
import hashlib
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_drsi.data.augment import Augmentation
from keras_drsi.data.coco import read_coco
from keras_drsi.data.pipeline import (
    evaluation_batches,
    letterboxes,
    persons_limit,
    steps_per_epoch,
    training_batches,
)
from keras_drsi.data.share import Share
from keras_drsi.data.training_images import TrainingPictures
from keras_drsi.errors import InputError
from keras_drsi.files.image_file import decode_image
from keras_drsi.geometry.letterbox import Letterbox
from tests.crafted_photos import smooth_photo, unusable_files, usable_files
from tests.keras_drsi.data.conftest import TinyCoco


def digests(batches, count):
    """One digest for each batch, of pixels and targets."""
    found = []
    for images, targets in batches.take(count).as_numpy_iterator():
        digest = hashlib.sha256(images.tobytes())
        for name in sorted(targets):
            digest.update(targets[name].tobytes())
        found.append(digest.hexdigest())
    return found


def assert_shares_make_up_the_batches(poses):
    """Two devices together see the batches that one sees."""
    whole = training_batches(poses, 64, 4, 7, first_epoch=1)
    shares = [
        training_batches(
            poses, 64, 4, 7, first_epoch=1, share=Share(number, 2)
        ).as_numpy_iterator()
        for number in range(2)
    ]
    for batch in whole.take(3).as_numpy_iterator():
        halves = zip(*map(keras.tree.flatten, map(next, shares)))
        for values, parts in zip(keras.tree.flatten(batch), halves):
            np.testing.assert_array_equal(values, np.concatenate(parts))


class TestTraining:
    def test_shapes_and_types(self, tiny_poses):
        batches = training_batches(tiny_poses, (64, 128), 2, 0)
        images, targets = batches.element_spec
        assert images.shape == (2, 64, 128, 3) and images.dtype == "uint8"
        shapes = {name: tuple(s.shape) for name, s in targets.items()}
        assert shapes == {
            "boxes": (2, 8, 4),
            "keypoints": (2, 8, 3, 3),
            "areas": (2, 8),
            "count": (2,),
        }
        for images, targets in batches.take(5).as_numpy_iterator():
            for name in ("boxes", "keypoints", "areas"):
                assert targets[name].dtype == np.float32
                for rows, count in zip(targets[name], targets["count"]):
                    assert rows[:count].any() or not count
                    assert not rows[count:].any()

    def test_threads_do_not_change_the_stream(self, tiny_poses):
        one, four = (
            digests(training_batches(tiny_poses, 64, 2, 7, parallel_calls=n), 8)
            for n in (1, 4)
        )
        assert one == four
        assert len(set(one)) == 8

    def test_same_in_another_process(self, tiny_poses, tiny_process):
        here = digests(training_batches(tiny_poses, 64, 2, 7), 4)
        assert tiny_process.split() == here

    def test_resumed_stream_continues(self, tiny_poses):
        whole = digests(training_batches(tiny_poses, 64, 2, 7), 6)
        rest = training_batches(tiny_poses, 64, 2, 7, first_epoch=2)
        assert steps_per_epoch(tiny_poses, 2) == 2
        assert digests(rest, 2) == whole[4:]

    def test_shares_make_up_the_batches(self, tiny_poses):
        assert_shares_make_up_the_batches(tiny_poses)

    def test_each_batch_has_one_of_several_sizes(self, tiny_poses):
        sizes = (64, 128, (64, 192))

        def shapes(seed, first_epoch, count):
            batches = training_batches(
                tiny_poses, 64, 2, seed, first_epoch, training_sizes=sizes
            )
            batches = batches.take(count).as_numpy_iterator()
            return [images.shape[1:3] for images, _ in batches]

        whole = shapes(7, 0, 24)
        assert set(whole) == {(64, 64), (128, 128), (64, 192)}
        assert shapes(7, 5, 14) == whole[10:]  # two batches an epoch
        assert shapes(8, 0, 24) != whole

    def test_threads_do_not_change_the_sizes(self, tiny_poses):
        one, four = (
            digests(
                training_batches(
                    tiny_poses,
                    64,
                    2,
                    7,
                    training_sizes=(64, 128),
                    parallel_calls=n,
                ),
                8,
            )
            for n in (1, 4)
        )
        assert one == four

    def test_tf_data_equals_the_pictures_themselves(self, tiny_poses):
        batches = training_batches(tiny_poses, 64, 2, 7)
        images, targets = next(batches.as_numpy_iterator())
        pictures = TrainingPictures(tiny_poses, (64, 64), 7, Augmentation())
        for place in range(2):
            picture, persons = pictures.picture(0, place)
            np.testing.assert_array_equal(images[place], picture)
            assert targets["count"][place] == len(persons)
            np.testing.assert_array_equal(
                targets["keypoints"][place][: len(persons)], persons.keypoints
            )

    def test_without_augmentation_every_photo_once(self, tiny_poses):
        batches = training_batches(
            tiny_poses, 64, 5, 0, augmentation=Augmentation.none()
        )
        trained, _ = next(batches.as_numpy_iterator())
        plain, _ = next(
            evaluation_batches(tiny_poses, 64, 5).as_numpy_iterator()
        )
        assert sorted(map(bytes, trained)) == sorted(map(bytes, plain))

    def test_set_smaller_than_a_batch_starts_over(self, tiny_poses):
        assert steps_per_epoch(tiny_poses, 8) == 1
        batches = training_batches(
            tiny_poses, 64, 8, 0, augmentation=Augmentation.none()
        )
        images, _ = next(batches.as_numpy_iterator())
        np.testing.assert_array_equal(images[:3], images[5:])

    def test_undecodable_photo_does_not_stop_the_run(self, tiny_coco, caplog):
        poses = tiny_coco.read()
        path = tiny_coco.photos / "002.png"
        path.write_bytes(path.read_bytes()[:60])
        assert len(digests(training_batches(poses, 64, 2, 0), 6)) == 6
        assert len(caplog.messages) == 1 and str(path) in caplog.messages[0]

    def test_odd_files_are_shown_or_named(self, odd_photos, caplog):
        """The run goes on, and nothing on disk changes."""
        before = contents(odd_photos.directory)
        poses = odd_photos.read()
        # What does not begin like a photo is left out before.
        lines = " ".join(poses.report.lines)
        named = {name for name in unusable_files() if name in lines}
        assert named == {"empty.jpg", "page.jpg"}
        batches = training_batches(
            poses, 64, len(poses), 0, augmentation=Augmentation.none()
        )
        images, targets = next(batches.as_numpy_iterator())
        assert images.dtype == np.uint8
        shown = (images != 114).any(axis=(1, 2, 3))
        assert shown.sum() == len(usable_files())
        np.testing.assert_array_equal(targets["count"], shown)
        for name in unusable_files().keys() - named:
            assert sum(name in message for message in caplog.messages) == 1
        assert len(caplog.messages) == len(unusable_files()) - len(named)
        assert contents(odd_photos.directory) == before

    def test_real_photos(self, coco_dev):
        poses = read_coco(coco_dev, "val")
        before = {path: path.stat() for path in coco_dev.rglob("*")}
        batches = training_batches(poses, 128, 4, 0).as_numpy_iterator()
        images, targets = next(batches)
        assert images.std() > 20 and targets["count"].sum() > 0
        after = {path: path.stat() for path in coco_dev.rglob("*")}
        assert after.keys() == before.keys()
        for path, stat in before.items():
            assert after[path].st_mtime == stat.st_mtime


@pytest.fixture
def odd_photos(tmp_path):
    """A directory of every odd file, all annotated as of one size."""
    coco = TinyCoco(tmp_path / "coco")
    files = usable_files()
    files |= {name: content for name, (content, _) in unusable_files().items()}
    points = np.array([[30.0, 10.0], [20.0, 30.0], [40.0, 35.0]])
    for name, content in files.items():
        coco.add(name, smooth_photo(), points)
        (coco.photos / name).write_bytes(content)
    coco.save()
    return coco


def contents(directory):
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in directory.rglob("*")
        if path.is_file()
    }


class TestLimits:
    def test_limit_holds_the_fullest_mosaic(self, tiny_poses):
        crowded = dataclasses.replace(
            tiny_poses.images[0],
            persons=tiny_poses.images[0].persons.chosen([0] * 9),
        )
        images = (crowded, *tiny_poses.images[1:])
        poses = dataclasses.replace(tiny_poses, images=images)
        assert persons_limit(poses, Augmentation()) == 16  # 9 + 3
        assert persons_limit(poses, Augmentation.none()) == 16  # 9
        alone = dataclasses.replace(tiny_poses, images=(crowded,))
        assert persons_limit(alone, Augmentation()) == 40  # 4 * 9
        with pytest.raises(InputError, match="max_persons: .* 16.* got 15"):
            training_batches(poses, 64, 2, 0, max_persons=15)
        batches = training_batches(poses, 64, 2, 0, max_persons=20)
        assert batches.element_spec[1]["boxes"].shape == (2, 20, 4)

    @pytest.mark.parametrize(
        "name, value",
        [
            ("batch_size", 0),
            ("seed", -1),
            ("first_epoch", -1),
            ("input_size", 0),
        ],
    )
    def test_number_out_of_range_is_named(self, tiny_poses, name, value):
        values = {"input_size": 64, "batch_size": 2, "seed": 0, name: value}
        with pytest.raises(InputError, match=f"^{name}: .*{value}"):
            training_batches(tiny_poses, **values)


@pytest.mark.parametrize(
    "batches",
    [
        functools.partial(training_batches, seed=0),
        evaluation_batches,
    ],
)
def test_channels_first(batches, tiny_poses):
    last, first = (
        next(
            batches(tiny_poses, (64, 128), 2, data_format=layout)
            .take(1)
            .as_numpy_iterator()
        )
        for layout in ("channels_last", "channels_first")
    )
    assert first[0].shape == (2, 3, 64, 128)
    np.testing.assert_array_equal(first[0].transpose(0, 2, 3, 1), last[0])
    np.testing.assert_array_equal(first[1]["boxes"], last[1]["boxes"])


class TestEvaluation:
    def test_every_photo_in_order_and_the_last_repeated(self, tiny_poses):
        batches = evaluation_batches(tiny_poses, 64, 2)
        images, targets = zip(*batches.as_numpy_iterator())
        images = np.concatenate(images)
        keypoints = np.concatenate([t["keypoints"] for t in targets])
        assert len(images) == 6
        np.testing.assert_array_equal(images[4], images[5])
        for index, image in enumerate(tiny_poses.images):
            letterbox = Letterbox(image.width, image.height, 64)
            photo, _ = decode_image(image.path, image.width, image.height)
            difference = images[index].astype(int) - letterbox.apply_image(
                photo
            )
            assert np.abs(difference).max() <= 2
            back = letterbox.invert_points(keypoints[index, 0, :, :2])
            np.testing.assert_allclose(
                back, image.persons.keypoints[0, :, :2], atol=1e-3
            )

    def test_letterboxes_in_order(self, tiny_poses):
        boxes = letterboxes(tiny_poses, (64, 128))
        sizes = [(box.image_width, box.image_height) for box in boxes]
        assert sizes == [(i.width, i.height) for i in tiny_poses.images]
        assert boxes[0].input_width == 128

    def test_real_photos_hold_everyone(self, coco_dev):
        poses = read_coco(coco_dev, "val")
        batches = evaluation_batches(poses, 64, 8).as_numpy_iterator()
        counts = np.concatenate([targets["count"] for _, targets in batches])
        assert counts[:20].sum() == 86


@pytest.fixture
def tiny_process(tiny_poses):
    """The digests of four batches, computed in a fresh process."""
    program = (
        "import sys\n"
        "from keras_drsi.data.coco import read_coco\n"
        "from keras_drsi.data.pipeline import training_batches\n"
        "from keras_drsi import KeypointSchema\n"
        f"schema = {tiny_poses.schema!r}\n"
        "poses = read_coco(sys.argv[1], 'val', schema)\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from test_pipeline import digests\n"
        "batches = training_batches(poses, 64, 2, 7, parallel_calls=3)\n"
        "print(*digests(batches, 4))\n"
        # It has to end well while a dataset still fills its buffers.
        "filling = iter(training_batches(poses, 640, 64, 7))\n"
        "next(filling)\n"
    )
    here = pathlib.Path(__file__)
    directory = pathlib.Path(tiny_poses.annotation_file).parents[1]
    return subprocess.run(
        [sys.executable, "-c", program, directory, here.parent],
        capture_output=True,
        text=True,
        check=True,
        cwd=here.parents[3],
    ).stdout
