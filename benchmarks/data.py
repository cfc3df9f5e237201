"""Times the training pipeline, and watches its memory."""

import copy
import dataclasses
import itertools
import time

from benchmarks.process_memory import resident_mib
from keras_drsi.data.augment import Augmentation
from keras_drsi.data.pipeline import steps_per_epoch, training_batches

QUARTERS = 4


def time_pipeline(poses, input_size, batch_size, seconds=None):
    """How fast training batches come, with full augmentation.

    Args:
        poses: `CocoPoses`.
        input_size: side of the pictures in pixels.
        batch_size: pictures in a batch.
        seconds: how long to measure, after the first batches; by default
            one epoch.

    Returns:
        dict of `input_size`, `images_per_second`, `images`, and `mib`, the
        process's memory in MiB after each quarter.
    """
    batches = iter(
        training_batches(
            poses,
            input_size,
            batch_size,
            seed=0,
            augmentation=Augmentation(),
        )
    )
    for _ in range(3):  # what prefetching has made before is not counted
        next(batches)
    steps = steps_per_epoch(poses, batch_size)
    start, count, done, mib = time.perf_counter(), 0, 0.0, []
    while done < 1:
        next(batches)
        count += 1
        elapsed = time.perf_counter() - start
        done = count / steps if seconds is None else elapsed / seconds
        while len(mib) < min(int(done * QUARTERS), QUARTERS):
            mib.append(resident_mib())
    return {
        "input_size": input_size,
        "images_per_second": count * batch_size / elapsed,
        "images": count * batch_size,
        "mib": mib,
    }


def repeated(poses, images):
    """The same data set with more photos, or fewer.

    Args:
        poses: `CocoPoses`.
        images: number of photos. Its own are repeated, each with arrays of
            its own, so that memory is that of a set of this size.

    Returns:
        `CocoPoses`.
    """
    photos = itertools.islice(itertools.cycle(poses.images), images)
    return dataclasses.replace(
        poses, images=tuple(copy.deepcopy(photo) for photo in photos)
    )
