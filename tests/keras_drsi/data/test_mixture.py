import collections
import dataclasses
import itertools

import numpy as np
import pytest

from keras_drsi.data.augment import Augmentation
from keras_drsi.data.matching import read_matched
from keras_drsi.data.mixture import Mixture, as_mixture, person_weights
from keras_drsi.data.pipeline import (
    persons_limit,
    steps_per_epoch,
    training_batches,
)
from keras_drsi.data.training_images import pictures_of_sets
from keras_drsi.errors import InputError
from tests.keras_drsi.data.conftest import ARROW, TinyCoco
from tests.keras_drsi.data.test_pipeline import (
    assert_shares_make_up_the_batches,
    digests,
)


@pytest.fixture(scope="module")
def background(tmp_path_factory):
    """`CocoPoses` of three photos without annotations."""
    coco = TinyCoco(tmp_path_factory.mktemp("background") / "coco").fill(3)
    coco.save({**coco.content, "annotations": []})
    return read_matched(coco.directory, "val", ARROW)


@pytest.fixture(scope="module")
def mixture(tiny_poses, background):
    return Mixture((tiny_poses, background), (0.75, 0.25))


def of_length(poses, count):
    images = itertools.islice(itertools.cycle(poses.images), count)
    return dataclasses.replace(poses, images=tuple(images))


SHARES = [(0.75, 0.25), (0.9, 0.1), (0.3, 0.7), (0.5, 0.2, 0.3), (0.37, 0.63)]


@pytest.mark.parametrize("shares", SHARES)
def test_shares_are_exact_and_even(shares, tiny_poses):
    mixture = Mixture([tiny_poses] * len(shares), shares)
    former = [0] * len(shares)
    for places in range(1, 1001):
        counts = mixture.counts(places)
        assert sum(counts) == places
        steps = [now - before for now, before in zip(counts, former)]
        assert sorted(steps) == [0] * (len(shares) - 1) + [1]
        wanted = np.multiply(shares, places)
        assert np.abs(counts - wanted).max() < 1
        former = counts
    assert former == [round(1000 * share) for share in shares]


@pytest.mark.parametrize("shares", SHARES)
def test_each_set_is_walked_in_order(shares, tiny_poses):
    """No place of a pass is left out or comes twice, whatever the epochs."""
    sets = [of_length(tiny_poses, length) for length in (40, 7, 50)]
    mixture = Mixture(sets[: len(shares)], shares)
    per_epoch = steps_per_epoch(mixture, 8) * 8
    walked = collections.defaultdict(list)
    for epoch, position in itertools.product(range(3), range(per_epoch)):
        number, *where = mixture.locate(epoch, position, per_epoch)
        walked[number].append(tuple(where))
    for number in range(1, len(shares)):
        length = len(mixture.sets[number])
        assert walked[number] == [
            divmod(place, length) for place in range(len(walked[number]))
        ]
    for epoch in range(3):
        places = [place for each, place in walked[0] if each == epoch]
        assert places == list(range(len(places)))
        # All of the first set but what does not fill a batch.
        assert 40 - 8 * shares[0] - 1 < len(places) <= 41


def test_every_batch_has_the_shares(mixture):
    """Grey photos apart: arrows are labelled, background is not."""
    batches = training_batches(
        mixture, 64, 4, 7, augmentation=Augmentation.none()
    )
    for _, targets in batches.take(5).as_numpy_iterator():
        assert sorted(targets["count"]) == [0, 1, 1, 1]


def test_the_epoch_is_a_pass_through_the_first_set(mixture, tiny_poses):
    assert mixture.epoch_images == 6  # of 5 photos with 0.75
    assert steps_per_epoch(mixture, 2) == 3
    many = Mixture((of_length(tiny_poses, 9), tiny_poses), (0.9, 0.1))
    assert many.epoch_images == 10
    # Of ten places nine are of the first set, each photo once.
    numbers = [many.locate(3, position, 10) for position in range(10)]
    places = [place for number, _, place in numbers if number == 0]
    assert places == list(range(9))


def test_one_set_alone_is_as_without_mixture(tiny_poses):
    alone = training_batches(tiny_poses, 64, 2, 7)
    mixed = training_batches(as_mixture(tiny_poses), 64, 2, 7)
    assert digests(alone, 5) == digests(mixed, 5)
    assert as_mixture(mixed := as_mixture(tiny_poses)) is mixed


def test_the_first_set_is_seen_as_it_is_alone(tiny_poses, background):
    """What else there is does not change its order and its augmentation."""
    canvas, augmentation = (64, 64), Augmentation()
    alone, mixed = (
        pictures_of_sets(each, canvas, 3, augmentation)[0]
        for each in (
            as_mixture(tiny_poses),
            Mixture((tiny_poses, background), (0.5, 0.5)),
        )
    )
    for position in range(5):
        np.testing.assert_array_equal(
            alone.picture(1, position)[0], mixed.picture(1, position)[0]
        )


def test_sets_have_randomness_of_their_own(tiny_poses):
    twice = Mixture((tiny_poses, tiny_poses), (0.5, 0.5))
    first, second = pictures_of_sets(twice, (64, 64), 3, Augmentation())
    same = [
        (first.picture(0, n)[0] == second.picture(0, n)[0]).all()
        for n in range(5)
    ]
    assert not any(same)


def test_resumed_stream_continues(mixture):
    per_epoch = steps_per_epoch(mixture, 2)
    whole = digests(training_batches(mixture, 64, 2, 7), 4 * per_epoch)
    assert len(set(whole)) == len(whole)
    rest = training_batches(mixture, 64, 2, 7, first_epoch=3)
    assert digests(rest, per_epoch) == whole[3 * per_epoch :]
    assert digests(training_batches(mixture, 64, 2, 8), 1) != whole[:1]


def test_threads_do_not_change_the_stream(mixture):
    one, four = (
        digests(training_batches(mixture, 64, 2, 7, parallel_calls=n), 8)
        for n in (1, 4)
    )
    assert one == four


def test_shares_of_devices_make_up_the_batches(mixture):
    assert_shares_make_up_the_batches(mixture)


def test_mosaic_closes_with_the_run_and_not_with_a_set(tiny_poses):
    """The second set is in its later passes long before the last epochs."""
    small = of_length(tiny_poses, 2)
    mixture = Mixture((tiny_poses, small), (0.5, 0.5))
    augmentation = dataclasses.replace(Augmentation.none(), mosaic=1.0)
    batches = training_batches(
        mixture, 64, 2, 7, augmentation=augmentation, mosaic_epochs=2
    )
    steps = steps_per_epoch(mixture, 2)
    counts = [
        t["count"] for _, t in batches.take(4 * steps).as_numpy_iterator()
    ]
    assert (np.concatenate(counts[: 2 * steps]) > 1).any()
    assert (np.concatenate(counts[2 * steps :]) == 1).all()
    # By itself its third pass has mosaics as the first one has.
    always = training_batches(
        mixture, 64, 2, 7, augmentation=augmentation
    ).take(4 * steps)
    later = [t["count"] for _, t in always.as_numpy_iterator()][2 * steps :]
    assert (np.concatenate(later) > 1).any()


def test_room_for_the_fullest_set(tiny_poses, background):
    crowded = dataclasses.replace(
        background,
        images=(
            dataclasses.replace(
                tiny_poses.images[0],
                persons=tiny_poses.images[0].persons.chosen([0] * 20),
            ),
        ),
    )
    mixture = Mixture((tiny_poses, crowded), (0.5, 0.5))
    assert persons_limit(mixture, Augmentation.none()) == 24
    with pytest.raises(InputError, match="max_persons: .* at least 24"):
        training_batches(
            mixture,
            64,
            2,
            0,
            augmentation=Augmentation.none(),
            max_persons=23,
        )


def test_persons_weigh_as_often_as_they_are_shown(tiny_poses, background):
    small = of_length(tiny_poses, 2)
    mixture = Mixture((tiny_poses, small, background), (0.5, 0.3, 0.2))
    # 0.5 / 5 images and 0.3 / 2 images.
    np.testing.assert_allclose(person_weights(mixture), [2 / 3] * 5 + [1] * 2)
    np.testing.assert_array_equal(person_weights(tiny_poses), np.ones(5))
    assert len(mixture.images) == 10


@pytest.mark.parametrize(
    "shares",
    [(0.5,), (0.5, 0.4), (0.5, 0.6), (1.0, 0.0), (1.5, -0.5), (np.nan, 0.5)],
)
def test_shares_that_cannot_be(shares, tiny_poses):
    with pytest.raises(InputError, match="Mixture: .*expected"):
        Mixture((tiny_poses, tiny_poses), shares)


def test_sets_that_cannot_be(tiny_poses, background):
    other = dataclasses.replace(
        tiny_poses, schema=dataclasses.replace(ARROW, sigmas=(0.1, 0.2, 0.3))
    )
    with pytest.raises(InputError, match="expected the schema of"):
        Mixture((tiny_poses, other), (0.5, 0.5))
    with pytest.raises(InputError, match="expected at least one person"):
        Mixture((background, background), (0.5, 0.5))
    with pytest.raises(InputError, match="one or more sets"):
        Mixture((), ())


def test_it_says_what_it_is(mixture):
    lines = str(mixture).splitlines()
    assert "0.75 of each batch, 5 images, 5 persons" in lines[0]
    assert "0.25 of each batch, 3 images, 0 persons" in lines[1]
    assert lines[2] == "An epoch has 6 images."
