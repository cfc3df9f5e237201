"""The photos of a data set, decoded and kept while they are needed again."""

import collections
import dataclasses
import logging
import threading

import keras

from keras_drsi.data.coco import refuse_if_unusable
from keras_drsi.errors import InputError
from keras_drsi.files.image_file import decode_image

GIBIBYTE = 1 << 30
REDUCTIONS = (8, 4, 2, 1)

_logger = logging.getLogger(__name__)


class Photos:
    """Decoded photos by position in the data set.

    A set that fits into `budget` is decoded once and kept whole. Of a larger
    set the photos used last are kept, at most `kept` of them, so that memory
    is bounded whatever the size of the set. What is kept changes the speed
    only, never a pixel. Threads may share one object.

    A photo that cannot be used is logged once, with its path and the number
    so far; the run continues without it.

    Args:
        images: list of `CocoImage`.
        longest_side: photos are decoded no smaller than this many pixels on
            their longest side; larger ones are decoded at 1/2, 1/4 or 1/8
            where that is enough and the format allows.
        kept: number of photos to keep of a set that is too large.
        budget: bytes.
    """

    def __init__(self, images, longest_side, kept, budget=GIBIBYTE):
        self._images = images
        self._longest_side = longest_side
        self._budget = budget
        whole = decoded_bytes(images, longest_side) <= budget
        self._kept = len(images) if whole else kept
        self._photos = collections.OrderedDict()
        self._held = 0
        self._unusable = {}
        self._lock = threading.Lock()

    def __getitem__(self, index):
        """(rows, columns, 3) uint8 RGB and its reduction; None if unusable."""
        with self._lock:
            if index in self._unusable:
                return None
            if index in self._photos:
                self._photos.move_to_end(index)
                return self._photos[index]
        image = self._images[index]
        try:
            decoded = decode_image(
                image.path,
                image.width,
                image.height,
                reduction(image, self._longest_side),
            )
        except InputError as problem:
            self._refuse(index, problem)
            return None
        self._keep(index, decoded)
        return decoded

    @property
    def unusable(self):
        """{position: problem} of the photos that could not be used so far."""
        with self._lock:
            return dict(self._unusable)

    def _refuse(self, index, problem):
        with self._lock:
            if index in self._unusable:
                return
            self._unusable[index] = problem
            count = len(self._unusable)
        _logger.warning(
            "%s Grey without persons takes its place; photos so far: %d.",
            problem,
            count,
        )

    def _keep(self, index, decoded):
        with self._lock:
            if index not in self._photos:
                self._photos[index] = decoded
                self._held += decoded[0].nbytes
            while self._photos and (
                len(self._photos) > self._kept or self._held > self._budget
            ):
                _, (oldest, _) = self._photos.popitem(last=False)
                self._held -= oldest.nbytes


def reduction(image, longest_side):
    """By what factor a photo is reduced as it is decoded, see `Photos`."""
    longest = max(image.width, image.height)
    return next(
        factor
        for factor in REDUCTIONS
        if factor == 1 or longest >= factor * longest_side
    )


def decoded_bytes(images, longest_side):
    """Bytes of all photos of a set, decoded as `Photos` does."""
    # Rounded up: formats other than JPEG are not reduced.
    return sum(
        3 * image.width * image.height // reduction(image, longest_side) ** 2
        for image in images
    )


def divided_budget(needs, budget=GIBIBYTE):
    """Parts of the memory for data sets that are used together.

    All get equal parts; what a small set does not need is for the others,
    and what nobody needs for the largest.

    Args:
        needs: bytes that each set would fill, see `decoded_bytes`.
        budget: bytes.

    Returns:
        list of bytes, one for each set.
    """
    parts = [0] * len(needs)
    *smaller, largest = sorted(range(len(needs)), key=needs.__getitem__)
    for done, number in enumerate(smaller):
        parts[number] = min(needs[number], budget // (len(needs) - done))
        budget -= parts[number]
    parts[largest] = budget
    return parts


def verify_photos(poses, verbose=1):
    """Decodes every photo once and leaves out those that cannot be used.

    Args:
        poses: `CocoPoses`.
        verbose: 0 for silence, 1 for a progress bar.

    Returns:
        `CocoPoses` of the usable photos. The report of `poses` gains a line
        for each other one.

    Raises:
        InputError: if nothing usable is left.
    """
    progress = keras.utils.Progbar(
        len(poses), verbose=verbose, unit_name="photo"
    )
    usable = []
    for image in poses.images:
        try:
            decode_image(image.path, image.width, image.height)
            usable.append(image)
        except InputError as problem:
            poses.report.skip_image(problem)
            for _ in (*image.annotation_ids, *image.ignored_ids):
                poses.report.skip_annotation_of_skipped_image()
        progress.add(1)
    verified = dataclasses.replace(poses, images=tuple(usable))
    refuse_if_unusable(verified)
    return verified
