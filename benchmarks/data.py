"""Benchmark of the speed and memory of the training pipeline."""

import copy
import dataclasses
import itertools
import time

from benchmarks.process_memory import resident_mib
from keras_drsi.data.augment import Augmentation
from keras_drsi.data.pipeline import steps_per_epoch, training_batches

QUARTERS = 4


def time_pipeline(poses, input_size, batch_size, seconds=None):
    """Measures the throughput of the training pipeline.

    Args:
        poses: `CocoPoses`.
        input_size: integer, side of the images in pixels.
        batch_size: integer, number of images in a batch.
        seconds: float, duration of the measurement, after the first batches.
            Defaults to None, which measures one epoch.

    Returns:
        Dict of `input_size`, `images_per_second`, `images`, the number of
        images, and `mib`, the memory of the process in MiB after each quarter.
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
    for _ in range(3):  # excludes start-up, and batches prefetched in advance
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
    """Repeats or truncates a data set to a number of images.

    Args:
        poses: `CocoPoses`.
        images: integer, number of images. Repeated images are deep copies, to
            use as much memory as a real data set of this size.

    Returns:
        `CocoPoses`.
    """
    chosen = itertools.islice(itertools.cycle(poses.images), images)
    return dataclasses.replace(
        poses, images=tuple(copy.deepcopy(image) for image in chosen)
    )
