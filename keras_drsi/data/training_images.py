"""The augmented pictures of a training run."""

import functools

import numpy as np

from keras_drsi.data.augment import (
    jitter_colors,
    random_view,
    remaining_persons,
)
from keras_drsi.data.image_store import (
    GIBIBYTE,
    Photos,
    decoded_bytes,
    divided_budget,
)
from keras_drsi.data.mosaic import (
    WINDOW,
    companion_offsets,
    mosaic_frame,
    mosaic_placements,
)
from keras_drsi.data.persons import Persons
from keras_drsi.data.warp import blank_canvas, paint
from keras_drsi.geometry.affine import Affine
from keras_drsi.geometry.letterbox import Letterbox

# From one use of a photo to the next, only photos less than a window before
# and after it in the order are used; if as many are kept, it is among them.
KEPT_WINDOWS = 2
IN_WORK = 64  # photos that threads may use beside these


class TrainingPictures:
    """Augmented pictures, each a pure function of its place in the run.

    Args:
        poses: `CocoPoses`.
        canvas: (height, width) of the pictures in pixels, of the largest ones
            where there are several sizes.
        seed: integer >= 0.
        augmentation: `Augmentation`.
        number: of the data set in its `Mixture`, so that no two sets have
            the same randomness.
        budget: bytes for decoded photos.
    """

    def __init__(
        self, poses, canvas, seed, augmentation, number=0, budget=GIBIBYTE
    ):
        self._images = poses.images
        self._flip_index = list(poses.schema.flip_index)
        self._nobody = Persons.none(len(poses.schema))
        self._canvas = canvas
        self._seed = seed
        self._augmentation = augmentation
        self._number = number
        self._photos = Photos(
            poses.images,
            _longest_side(canvas, augmentation),
            kept=KEPT_WINDOWS * WINDOW + IN_WORK,
            budget=budget,
        )
        # Threads work in two epochs at once where one ends.
        self._order = functools.lru_cache(maxsize=2)(self._draw_order)

    def picture(self, epoch, position, canvas=None, mosaic=True):
        """One augmented picture.

        Args:
            epoch: number of the pass through the set, from 0.
            position: place in the pass, from 0; beyond the last photo the
                order starts over.
            canvas: (height, width) of this picture; by default that of all.
                The same is seen in any size.
            mosaic: whether it may be a mosaic.

        Returns:
            (height, width, 3) uint8 RGB and `Persons`.
        """
        canvas = canvas or self._canvas
        rng = self._rng(epoch, 1 + position)
        members, placements, frame = self._composition(
            rng, epoch, position, canvas, mosaic
        )
        view = random_view(rng, self._augmentation, frame, canvas)
        picture = blank_canvas(*canvas)
        groups = [self._nobody]
        for member, placement in zip(members, placements):
            photo = self._photos[member]
            if photo is None:
                continue
            pixels, reduction = photo
            affine = view @ placement
            paint(picture, pixels, affine @ Affine.scaling(reduction))
            persons = self._images[member].persons
            groups.append(persons.moved(affine, self._flip_index))
        picture = jitter_colors(rng, picture, self._augmentation)
        persons = Persons.together(groups)
        return picture, remaining_persons(persons, self._augmentation, canvas)

    def _rng(self, epoch, word):
        # 0 as the fourth word is the same as none; odd ones are for the
        # sizes of batches.
        return np.random.default_rng(
            (self._seed, epoch, word, 2 * self._number)
        )

    def _composition(self, rng, epoch, position, canvas, mosaic):
        """Positions of photos, where each goes in a frame, and its size."""
        order, offsets = self._order(epoch)
        if rng.random() < self._augmentation.mosaic and mosaic:
            places = rng.permutation([position, *(position - offsets)])
            members = order[places % len(order)].tolist()
            sizes = [self._size(member) for member in members]
            placements = mosaic_placements(rng, sizes, canvas)
            return members, placements, mosaic_frame(canvas)
        member = int(order[position % len(order)])
        height, width = self._size(member)
        letterbox = Letterbox(width, height, canvas)
        return [member], [letterbox.affine], canvas

    def _draw_order(self, epoch):
        rng = self._rng(epoch, 0)
        order = rng.permutation(len(self._images))
        return order, companion_offsets(rng, len(order))

    def _size(self, member):
        image = self._images[member]
        return image.height, image.width


def pictures_of_sets(mixture, canvas, seed, augmentation):
    """`TrainingPictures` of each set of a `Mixture`, in one set's memory.

    Args: see `TrainingPictures`.

    Returns:
        list of `TrainingPictures`.
    """
    longest_side = _longest_side(canvas, augmentation)
    budgets = divided_budget(
        [decoded_bytes(poses.images, longest_side) for poses in mixture.sets]
    )
    return [
        TrainingPictures(poses, canvas, seed, augmentation, number, budget)
        for number, (poses, budget) in enumerate(zip(mixture.sets, budgets))
    ]


def _longest_side(canvas, augmentation):
    """Pixels that a photo needs on its longest side to look sharp."""
    return max(canvas) * augmentation.scale[1]
