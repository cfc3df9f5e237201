"""COCO records in, batches of a fixed shape out.

The work on pixels is OpenCV's, called from tf.data's threads: its warp is 4
to 7 times as fast as TensorFlow's, its colour conversion 7 times, and it lets
go of Python's lock meanwhile. All randomness comes from (seed, epoch, place),
so that neither threads nor what is kept in memory can change the stream.
"""

import contextlib

import cv2
import keras
import numpy as np
import tensorflow as tf

from keras_drsi.data.augment import Augmentation
from keras_drsi.data.image_store import Photos
from keras_drsi.data.interruptible import interruptible
from keras_drsi.data.mixture import as_mixture
from keras_drsi.data.mosaic import MEMBERS
from keras_drsi.data.share import WHOLE
from keras_drsi.data.training_images import pictures_of_sets
from keras_drsi.data.warp import blank_canvas, paint
from keras_drsi.errors import InputError
from keras_drsi.geometry.letterbox import Letterbox, height_and_width

ROWS_MULTIPLE = 8


def training_batches(
    poses,
    input_size,
    batch_size,
    seed,
    first_epoch=0,
    augmentation=Augmentation(),
    mosaic_epochs=None,
    training_sizes=(),
    max_persons=None,
    parallel_calls=tf.data.AUTOTUNE,
    share=WHOLE,
    data_format="channels_last",
):
    """Augmented batches without end, a pure function of seed and epoch.

    Every epoch has its own order and `steps_per_epoch` batches; what does
    not fill a batch is left out of that epoch. Of several data sets each
    batch holds their shares, see `Mixture`; mosaics are of one set. Photos
    are kept in memory as `Photos` says. A photo that cannot be decoded is
    logged with its path; grey without persons takes its place.

    Args:
        poses: `CocoPoses`, or a `Mixture` of several.
        input_size: side of the pictures in pixels, or (height, width).
        batch_size: pictures in a batch.
        seed: integer >= 0.
        first_epoch: number of the epoch to begin with, so that an
            interrupted run continues where it stopped.
        augmentation: `Augmentation`.
        mosaic_epochs: number of epochs with mosaic, those after them are
            without; by default all have it.
        training_sizes: sizes like `input_size`; each batch has one of them,
            drawn by seed, epoch and its place. By default all batches have
            the input size.
        max_persons: M, rows of the targets; by default `persons_limit`.
        parallel_calls: threads; by default tf.data chooses.
        share: `Share` of every batch to give, B / share.count pictures; by
            default the whole.
        data_format: of the images, `model.data_format`.

    Returns:
        `tf.data.Dataset` of (images, targets): images (B, H, W, 3) uint8
        RGB, or (B, 3, H, W) with `"channels_first"`; targets a dict of
        `boxes` (B, M, 4) x1, y1, x2, y2 in pixels, `keypoints` (B, M, K, 3)
        x, y, v, `areas` (B, M) in square pixels, float32, and `count` (B,)
        int32. Rows beyond the count are zero.

    Raises:
        InputError: if `max_persons` is less than a picture may hold, or a
            number is out of range.
    """
    _check_positive(batch_size, "batch_size")
    for value, name in ((seed, "seed"), (first_epoch, "first_epoch")):
        if value < 0:
            raise InputError(f"{name}: expected >= 0, got {value}.")
    canvases = [height_and_width(s) for s in training_sizes or [input_size]]
    mixture = as_mixture(poses)
    rows = _rows(mixture, augmentation, max_persons)
    pictures = pictures_of_sets(mixture, max(canvases), seed, augmentation)
    per_epoch = steps_per_epoch(poses, batch_size) * batch_size

    def example(index):
        place = share.place(int(index), batch_size)
        epoch, position = divmod(place, per_epoch)
        canvas = _drawn(canvases, seed, epoch, position // batch_size)
        number, *where = mixture.locate(epoch, position, per_epoch)
        mosaic = mosaic_epochs is None or epoch < mosaic_epochs
        picture = pictures[number].picture(*where, canvas, mosaic)
        return _flat(*picture, rows)

    return _batches(
        tf.data.Dataset.counter(first_epoch * per_epoch // share.count),
        example,
        (*(canvases[0] if len(canvases) == 1 else (None, None)), 3),
        (rows, len(poses.schema), 3),
        batch_size // share.count,
        parallel_calls,
        data_format,
    )


def _drawn(canvases, seed, epoch, batch):
    # One word more than the pictures have, so that no stream is theirs.
    rng = np.random.default_rng((seed, epoch, batch, 1))
    return canvases[rng.integers(len(canvases))]


def steps_per_epoch(poses, batch_size):
    """Batches in an epoch: the whole ones, or one if the set is smaller.

    A set smaller than a batch fills it by starting over. An epoch of a
    `Mixture` is one pass through its first set.
    """
    return max(as_mixture(poses).epoch_images // batch_size, 1)


def persons_limit(poses, augmentation):
    """The most persons a picture can hold, rounded up to a multiple of 8.

    Args:
        poses: `CocoPoses` or `Mixture`.
        augmentation: `Augmentation`.
    """
    return max(
        _persons_limit(members, augmentation)
        for members in as_mixture(poses).sets
    )


def _persons_limit(poses, augmentation):
    counts = sorted(len(image.persons) for image in poses.images)
    most = counts[-1]
    if augmentation.mosaic:
        # A photo stands in one mosaic twice only if there are too few.
        twice = len(counts) < MEMBERS
        most = MEMBERS * most if twice else sum(counts[-MEMBERS:])
    return max(-(-most // ROWS_MULTIPLE), 1) * ROWS_MULTIPLE


def evaluation_batches(
    poses, input_size, batch_size, data_format="channels_last"
):
    """All photos once, letterboxed, in order; the last batch filled up.

    The last batch repeats the last photo as often as needed to be full; the
    caller drops what exceeds `len(poses)`. Everyone with a labelled keypoint
    is in the targets.

    Args:
        poses: `CocoPoses`.
        input_size: side of the pictures in pixels, or (height, width).
        batch_size: pictures in a batch.
        data_format: of the images, `model.data_format`.

    Returns:
        `tf.data.Dataset` of (images, targets) as `training_batches` gives.
    """
    _check_positive(batch_size, "batch_size")
    canvas = height_and_width(input_size)
    no_change = Augmentation.none()
    rows = persons_limit(poses, no_change)
    # No photo is needed twice, and none is reduced, so that a photo looks
    # the same here as in `Letterbox.apply_image`.
    photos = Photos(poses.images, float("inf"), kept=0, budget=0)
    boxes = letterboxes(poses, input_size)

    def example(index):
        index = min(int(index), len(poses) - 1)  # fills the last batch
        picture = blank_canvas(*canvas)
        affine = boxes[index].affine
        if (photo := photos[index]) is not None:
            paint(picture, photo[0], affine)
        persons = poses.images[index].persons
        return _flat(
            picture, persons.moved(affine, poses.schema.flip_index), rows
        )

    batches = -(-len(poses) // batch_size)
    return _batches(
        tf.data.Dataset.range(batches * batch_size),
        example,
        (*canvas, 3),
        (rows, len(poses.schema), 3),
        batch_size,
        tf.data.AUTOTUNE,
        data_format,
    )


def letterboxes(poses, input_size):
    """The `Letterbox` of each photo, in the order of `poses.images`."""
    return [
        Letterbox(image.width, image.height, input_size)
        for image in poses.images
    ]


def _batches(
    indices,
    example,
    picture_shape,
    keypoints_shape,
    batch_size,
    parallel_calls,
    data_format,
):
    # Pictures are made in parallel; threads inside one would only compete.
    cv2.setNumThreads(1)
    if keras.backend.backend() != "tensorflow":
        _leave_gpus_to_others()
    rows = keypoints_shape[0]
    # Sorted like `Persons.padded`: boxes, keypoints, areas, count.
    shapes = (picture_shape, (rows, 4), keypoints_shape, (rows,), ())
    types = (tf.uint8, tf.float32, tf.float32, tf.float32, tf.int32)

    nothing = tuple(
        np.zeros([side or 1 for side in shape], dtype.as_numpy_dtype)
        for shape, dtype in zip(shapes, types)
    )
    example = interruptible(example, substitute=nothing)

    def load(index):
        values = tf.numpy_function(example, [index], types)
        for value, shape in zip(values, shapes):
            value.set_shape(shape)
        picture, boxes, keypoints, areas, count = values
        if data_format == "channels_first":
            picture = tf.transpose(picture, (2, 0, 1))
        return picture, {
            "boxes": boxes,
            "keypoints": keypoints,
            "areas": areas,
            "count": count,
        }

    return (
        indices.map(load, num_parallel_calls=parallel_calls, deterministic=True)
        .batch(batch_size, drop_remainder=True)
        .prefetch(2)
    )


def _leave_gpus_to_others():
    """Keeps TensorFlow, which only reads here, from taking a GPU's memory."""
    with contextlib.suppress(RuntimeError):  # TensorFlow is at work already
        tf.config.set_visible_devices([], "GPU")


def _flat(picture, persons, rows):
    targets = persons.padded(rows)
    return (
        picture,
        targets["boxes"],
        targets["keypoints"],
        targets["areas"],
        targets["count"],
    )


def _rows(mixture, augmentation, max_persons):
    needed = persons_limit(mixture, augmentation)
    if max_persons is None:
        return needed
    if max_persons < needed:
        files = ", ".join(poses.annotation_file for poses in mixture.sets)
        raise InputError(
            f"max_persons: expected at least {needed}, which a picture of "
            f"{files} may hold, got {max_persons}."
        )
    return max_persons


def _check_positive(value, name):
    if value <= 0:
        raise InputError(f"{name}: expected a positive integer, got {value}.")
