"""How far a command is with its images."""

from tqdm import tqdm


def progress_bar(images=None, **options):
    """A bar on stderr, which stays away where nobody watches.

    Args:
        images: iterable to go through, or None to call `update` instead.
        **options: further arguments of `tqdm`.

    Returns:
        `tqdm`.
    """
    return tqdm(images, unit="image", disable=None, **options)
