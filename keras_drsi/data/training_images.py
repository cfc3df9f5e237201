"""The augmented pictures of a training run."""

import functools

import numpy as np

from keras_drsi.data.augment import (
    jitter_colors,
    random_view,
    remaining_persons,
)
from keras_drsi.data.image_store import Photos
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
        mosaic_epochs: number of epochs with mosaic; None for all.
    """

    def __init__(self, poses, canvas, seed, augmentation, mosaic_epochs=None):
        self._images = poses.images
        self._flip_index = list(poses.schema.flip_index)
        self._nobody = Persons.none(len(poses.schema))
        self._canvas = canvas
        self._seed = seed
        self._augmentation = augmentation
        self._mosaic_epochs = mosaic_epochs
        self._photos = Photos(
            poses.images,
            longest_side=max(canvas) * augmentation.scale[1],
            kept=KEPT_WINDOWS * WINDOW + IN_WORK,
        )
        # Threads work in two epochs at once where one ends.
        self._order = functools.lru_cache(maxsize=2)(self._draw_order)

    def picture(self, epoch, position, canvas=None):
        """One augmented picture.

        Args:
            epoch: number of the epoch, from 0.
            position: place in the epoch, from 0; beyond the last photo the
                order starts over.
            canvas: (height, width) of this picture; by default that of all.
                The same is seen in any size.

        Returns:
            (height, width, 3) uint8 RGB and `Persons`.
        """
        canvas = canvas or self._canvas
        rng = self._rng(epoch, 1 + position)
        members, placements, frame = self._composition(
            rng, epoch, position, canvas
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
        return np.random.default_rng((self._seed, epoch, word))

    def _composition(self, rng, epoch, position, canvas):
        """Positions of photos, where each goes in a frame, and its size."""
        order, offsets = self._order(epoch)
        is_open = self._mosaic_epochs is None or epoch < self._mosaic_epochs
        if rng.random() < self._augmentation.mosaic and is_open:
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
