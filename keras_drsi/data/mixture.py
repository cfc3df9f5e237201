"""Several data sets in one training, each with its share of every batch."""

import dataclasses
import fractions
import functools
import math

import numpy as np

from keras_drsi.errors import InputError

TOLERANCE = 1e-6  # of the sum of shares


@dataclasses.dataclass(frozen=True, eq=False)
class Mixture:
    """Data sets to learn from, and their shares of every batch.

    The places of the stream of images are divided among the sets as evenly
    as whole places allow. After n places the first set has had its share of
    n, rounded; each further set has had its share of what the sets before it
    have left, rounded. So every batch holds the shares to within a place or
    two, exactly where they make whole places, and no difference ever builds
    up.

    The first set defines the epoch: one pass through its images, each epoch
    in a new order. The other sets are passed through again and again, each
    time in a new order, from one epoch to the next: of a large set nothing is
    left out, and a small one repeats.

    Args:
        sets: sequence of `CocoPoses` of one schema; all but one may be
            without persons.
        shares: sequence of floats in (0, 1] that add up to 1, the fraction
            of each batch that is from each set. A float means the decimal
            that it is written as.

    Raises:
        InputError: if the shares, the schemas, or the sets cannot be used.

    Example:

    >>> from keras_drsi.data import read_coco, training_batches
    >>> people, others = read_coco("coco", "train"), read_coco("coco", "val")
    >>> mixture = Mixture((people, others), (0.9, 0.1))
    >>> batches = training_batches(mixture, 256, batch_size=16, seed=0)
    """

    sets: tuple
    shares: tuple

    def __post_init__(self):
        object.__setattr__(self, "sets", tuple(self.sets))
        object.__setattr__(self, "shares", tuple(map(float, self.shares)))
        if not self.sets or len(self.sets) != len(self.shares):
            raise InputError(
                "Mixture: expected a share for each of one or more sets, got "
                f"{len(self.sets)} sets and {len(self.shares)} shares."
            )
        if not all(0 < share <= 1 for share in self.shares) or (
            abs(sum(self.shares) - 1) > TOLERANCE
        ):
            raise InputError(
                "Mixture: shares: expected numbers above 0 that add up to 1, "
                f"got {', '.join(map(str, self.shares))}."
            )
        for poses in self.sets[1:]:
            if poses.schema != self.schema:
                raise InputError(
                    f"{poses.annotation_file}: expected the schema of "
                    f"{self.sets[0].annotation_file}; `read_matched` matches "
                    "keypoints by name."
                )
        if not any(poses.persons_count for poses in self.sets):
            raise InputError(
                f"{', '.join(poses.annotation_file for poses in self.sets)}: "
                "expected at least one person with a labelled keypoint, got "
                "none."
            )

    def __str__(self):
        lines = [
            f"{poses.annotation_file}: {share:.4g} of each batch, "
            f"{len(poses)} images, {poses.persons_count} persons"
            for poses, share in zip(self.sets, self.shares)
        ]
        return "\n".join([*lines, f"An epoch has {self.epoch_images} images."])

    @property
    def schema(self):
        """`KeypointSchema` of all sets."""
        return self.sets[0].schema

    @property
    def images(self):
        """All `CocoImage`, set by set."""
        return tuple(image for poses in self.sets for image in poses.images)

    @property
    def epoch_images(self):
        """Number of images in an epoch: the first set's, over its share."""
        share = _exact(self.shares[0])
        return math.floor(len(self.sets[0]) / share)

    def counts(self, places):
        """How many of the first places of the stream belong to each set.

        Args:
            places: integer >= 0.

        Returns:
            list of integers, one for each set, that add up to `places`.
        """
        counts, rest = [], places
        for part in self._parts:
            count = math.floor(rest * part + fractions.Fraction(1, 2))
            counts.append(count)
            rest -= count
        return counts

    @functools.cached_property
    def _parts(self):
        """Each set's part of what the sets before it leave; the last is 1."""
        shares = [_exact(share) for share in self.shares]
        return [
            share / sum(shares[number:]) for number, share in enumerate(shares)
        ]

    def locate(self, epoch, position, per_epoch):
        """Whose place in the stream a place of an epoch is.

        Args:
            epoch: number of the epoch, from 0.
            position: place in the epoch, from 0.
            per_epoch: places in an epoch.

        Returns:
            number of the set, number of the pass through it, and place in
            that pass, all from 0.
        """
        start = epoch * per_epoch
        before = self.counts(start + position)
        after = self.counts(start + position + 1)
        number = next(n for n, count in enumerate(before) if count < after[n])
        if number == 0:
            return 0, epoch, before[0] - self.counts(start)[0]
        return number, *divmod(before[number], len(self.sets[number]))


def as_mixture(poses):
    """The `Mixture` itself, or the one of a single `CocoPoses`."""
    return poses if isinstance(poses, Mixture) else Mixture((poses,), (1.0,))


def person_weights(poses):
    """How often each person is shown in training, relative to the others.

    Args:
        poses: `Mixture` or `CocoPoses`.

    Returns:
        (n,) float64 array, n persons in the order of `poses.images`; the
        largest is 1.
    """
    persons = [len(image.persons) for image in poses.images]
    if not isinstance(poses, Mixture):
        return np.ones(sum(persons))
    each = [
        share / len(members)
        for members, share in zip(poses.sets, poses.shares)
        for _ in members.images
    ]
    weights = np.repeat(each, persons)
    return weights / weights.max()


def _exact(share):
    """The decimal that a float is written as: 0.1 is a tenth."""
    return fractions.Fraction(repr(share))
