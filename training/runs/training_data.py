"""Which data a training learns from, and on which it is evaluated."""

import dataclasses
import fractions
import os
import pathlib
import re

from keras_drsi.data.held_out import check_hold_out
from keras_drsi.errors import InputError

SYNTHETIC = "synthetic"
# Whatever stands before the last colon is the path, colons included.
_WITH_SHARE = re.compile(
    r"(?P<path>.+):(?P<share>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)"
)


@dataclasses.dataclass(frozen=True)
class DataSet:
    """One data set of a training.

    Args:
        path: of a directory in COCO's layout, or "synthetic".
        share: float in (0, 1], the fraction of each batch that is from it.
    """

    path: str
    share: float


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """All data of a training, as `settings.json` records it.

    The training learns from the train splits, see `Mixture`. It is evaluated
    on one val split: that of `val_data`, or else of the first set that has
    persons and a val split.

    Args:
        sets: tuple of `DataSet`. The keypoints of the first one are those of
            the training; the others' are matched by name.
        val_data: path of a directory, or None.
        hold_out: integer N, or None. Of each directory that has only a train
            split, every N-th image is held out as its val split, by
            `keras_drsi.data.held_out`; the training does not learn from it.

    Raises:
        InputError: if a set stands twice, or `hold_out` is less than 2.
    """

    sets: tuple
    val_data: str | None = None
    hold_out: int | None = None

    def __post_init__(self):
        object.__setattr__(self, "sets", tuple(self.sets))
        if self.hold_out is not None:
            check_hold_out(self.hold_out)
        if SYNTHETIC in self.paths and (
            len(self.sets) > 1 or self.val_data or self.hold_out
        ):
            raise InputError(
                f"data: '{SYNTHETIC}' stands alone, without val_data and "
                "hold_out; drsi synthesize writes such people to a directory, "
                "which can be one of several."
            )
        _check_different(self.paths)

    @property
    def paths(self):
        """Paths of the sets, in order."""
        return [each.path for each in self.sets]

    @classmethod
    def of(cls, data):
        """The `TrainingData` itself, or that of one directory's path."""
        if isinstance(data, cls):
            return data
        return cls((DataSet(_absolute(data), 1.0),))

    @classmethod
    def from_texts(cls, texts, val_data=None, hold_out=None):
        """Data as a command has it.

        Args:
            texts: paths, each alone or followed by a colon and the share of
                the set, such as `"people:0.25"`. A path that itself ends
                like this needs a slash behind it. Those without a share
                divide what the others leave equally.
            val_data: path, or None.
            hold_out: integer, or None.

        Raises:
            InputError: see `TrainingData`; or if a share is not between 0
                and 1, or they do not add up to 1.
        """
        sets = [_path_and_share(text) for text in texts]
        shares = _with_rest(share for _, share in sets)
        return cls(
            (
                DataSet(_absolute(path), share)
                for (path, _), share in zip(sets, shares)
            ),
            val_data and _absolute(val_data),
            hold_out,
        )

    @classmethod
    def from_record(cls, record, source):
        """Data as `dataclasses.asdict` gives it.

        Args:
            record: dict, or the path of a single set, as earlier versions
                wrote it.
            source: what messages call it, for example a file.

        Raises:
            InputError: if it cannot be used.
        """
        if isinstance(record, str):
            return cls.of(record)
        try:
            sets = tuple(DataSet(**each) for each in record["sets"])
            data = cls(**{**record, "sets": sets})
            kinds = [(data.val_data, str | None), (data.hold_out, int | None)]
            for each in sets:
                kinds += [(each.path, str), (each.share, float | int)]
            wrong = [value for value, kind in kinds if not _is(value, kind)]
        except (KeyError, TypeError):
            wrong = [record]
        if wrong or not sets:
            raise InputError(
                f"{source}: data: expected the path of a data set, or sets "
                f"with path and share, val_data and hold_out; got {record!r}."
            )
        return data

    def in_folder(self, folder):
        """With the synthetic people of a run, which are in its folder."""
        if SYNTHETIC not in self.paths:
            return self
        return TrainingData.of(pathlib.Path(folder) / "data")

    def read_train(self, schema=None, schema_file=None):
        """The train splits.

        Args:
            schema: `KeypointSchema` of the training; by default that of the
                first set.
            schema_file: what it lacks, see `read_coco`.

        Returns:
            `Mixture`.

        Raises:
            InputError: if one of the sets cannot be used, or no set has
                persons.
        """
        from keras_drsi.data.matching import read_matched
        from keras_drsi.data.mixture import Mixture

        self._check_hold_out_is_used()
        poses = []
        for path in self.paths:
            poses.append(
                read_matched(
                    path,
                    "train",
                    schema=poses[0].schema if poses else schema,
                    schema_file=schema_file,
                    hold_out=self._hold_out_of(path),
                    schema_source=poses[0].annotation_file
                    if poses
                    else "the run",
                )
            )
        return Mixture(poses, [each.share for each in self.sets])

    def read_val(self, mixture):
        """The split to evaluate on.

        Args:
            mixture: `Mixture` of the train splits.

        Returns:
            `CocoPoses`.

        Raises:
            InputError: if there is none, or it cannot be used.
        """
        from keras_drsi.data.coco import read_coco

        directory = self.val_data or self._first_with_val(mixture)
        return read_coco(
            directory,
            "val",
            mixture.schema,
            hold_out=self._hold_out_of(directory),
        )

    def _hold_out_of(self, directory):
        from keras_drsi.data.coco import has_val_split

        return None if has_val_split(directory) else self.hold_out

    def _check_hold_out_is_used(self):
        directories = self.paths + ([self.val_data] if self.val_data else [])
        if self.hold_out and not any(map(self._hold_out_of, directories)):
            raise InputError(
                "hold_out: expected a data set without a val split, got "
                f"{', '.join(directories)}."
            )

    def _first_with_val(self, mixture):
        from keras_drsi.data.coco import has_val_split

        for path, poses in zip(self.paths, mixture.sets):
            has_val = self.hold_out or has_val_split(path)
            if has_val and poses.persons_count:
                return path
        raise InputError(
            f"{', '.join(self.paths)}: expected a val split with persons in "
            "one of the data sets, got none; hold_out (--hold-out 20) makes "
            "one of every 20th image, val_data (--val-data DIR) names another "
            "directory."
        )


def _absolute(path):
    path = os.fspath(path)
    return path if path == SYNTHETIC else os.path.abspath(path)


def _path_and_share(text):
    match = _WITH_SHARE.fullmatch(text)
    if not match:
        return text, None
    share = fractions.Fraction(match["share"])
    if not 0 < share < 1:
        raise InputError(
            f"data: {text}: expected a share between 0 and 1, got "
            f"{match['share']}; a path that ends so needs a slash behind it."
        )
    return match["path"], share


def _with_rest(shares):
    """The shares as floats; those that are None divide the rest equally."""
    shares = list(shares)
    given = sum(share for share in shares if share is not None)
    open_ = shares.count(None)
    if given > 1 or (given == 1 and open_) or (given < 1 and not open_):
        raise InputError(
            f"data: expected shares that add up to "
            f"{'less than 1, the rest being for the others' if open_ else 1}, "
            f"got {float(given):g}."
        )
    rest = (1 - given) / open_ if open_ else None
    return [float(rest if share is None else share) for share in shares]


def _check_different(paths):
    seen = set()
    for path in paths:
        if os.path.realpath(path) in seen:
            raise InputError(f"data: {path}: expected once, got it again.")
        seen.add(os.path.realpath(path))


def _is(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool)
