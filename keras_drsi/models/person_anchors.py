"""Anchors of the presets: box sizes of COCO's persons."""

# Width and height of persons at 640 pixels, by k-means with a refinement on
# the side ratios of the persons of COCO val2017.
PERSON_ANCHORS_AT_640 = (
    ((31, 88), (50, 62), (42, 121)),
    ((62, 102), (58, 152), (105, 119)),
    ((80, 216), (134, 188), (125, 335)),
    ((215, 263), (200, 385), (353, 441)),
)


def person_anchors(input_size):
    """Returns the person anchors scaled to an input size.

    Args:
        input_size: `(height, width)` of the network's input in pixels.

    Returns:
        Tuple of shape `(4, 3, 2)`: width and height in pixels of each anchor
        of each level.
    """
    scale = max(input_size) / 640
    return tuple(
        tuple((width * scale, height * scale) for width, height in level)
        for level in PERSON_ANCHORS_AT_640
    )
