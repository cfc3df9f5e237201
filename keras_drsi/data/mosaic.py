"""Four photos around one point: where each goes, and which four."""

import numpy as np

from keras_drsi.geometry.affine import Affine
from keras_drsi.geometry.letterbox import Letterbox

MEMBERS = 4
# Companions come from this many photos before, so that each photo is decoded
# once and then serves in its four mosaics out of memory.
WINDOW = 128


def mosaic_frame(canvas):
    """(height, width) of the frame in which four photos meet."""
    height, width = canvas
    return 2 * height, 2 * width


def mosaic_placements(rng, sizes, canvas):
    """Where each of four photos goes in the frame.

    Every photo is letterboxed to the canvas and laid with one corner at a
    random point in the middle half of the frame: to its upper left, upper
    right, lower left and lower right. Photos never overlap.

    Args:
        rng: `numpy.random.Generator`.
        sizes: four (height, width) of the photos, in pixels.
        canvas: (height, width) in pixels.

    Returns:
        four `Affine`, from each photo to the frame.
    """
    height, width = canvas
    x = rng.uniform(0.5 * width, 1.5 * width)
    y = rng.uniform(0.5 * height, 1.5 * height)
    placements = []
    for quadrant, (photo_height, photo_width) in enumerate(sizes):
        resize = Letterbox(photo_width, photo_height, canvas).affine
        right, down = quadrant % 2, quadrant // 2
        content = resize.apply_points([photo_width, photo_height])
        corner = np.array([x, y]) - content * [1 - right, 1 - down]
        placements.append(Affine.translation(*corner) @ resize)
    return placements


def companion_offsets(rng, photos):
    """How far back in the epoch's order each companion of a photo stands.

    The same three distances for a whole epoch: every photo then serves in
    exactly four mosaics of the epoch, each time in other company.

    Args:
        rng: `numpy.random.Generator`.
        photos: number of photos in the data set.

    Returns:
        three integers, different where there are four photos or more.
    """
    distances = np.arange(1, min(max(photos, MEMBERS), WINDOW))
    return rng.choice(distances, MEMBERS - 1, replace=False)
