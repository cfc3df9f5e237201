"""A photo's file: what it claims to be, and its pixels."""

import cv2
import numpy as np

from keras_drsi.errors import InputError

_SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "BMP": (b"BM",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "WebP": (b"RIFF",),
    "TIFF": (b"II*\0", b"MM\0*"),
}
_SIGNATURE_BYTES = 8
# libjpeg decodes at a half, a quarter or an eighth for less than the whole.
_REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_STORED_RGB = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
_UPRIGHT_RGB = cv2.IMREAD_COLOR_RGB


def check_photo_file(path, where):
    """Checks, without decoding, that a file exists and begins as a photo.

    Args:
        path: path of the file.
        where: beginning of the message.

    Raises:
        InputError: if it is missing, unreadable, empty or no photo.
    """
    begin = _read(path, where, _SIGNATURE_BYTES)
    if not begin.startswith(sum(_SIGNATURES.values(), ())):
        raise InputError(
            f"{where}: expected a photo ({', '.join(_SIGNATURES)}), got a "
            f"file that begins with {begin!r}: {path}."
        )


def decode_photo(path, width, height, reduction=1):
    """Reads a photo's stored pixels; EXIF rotation is not applied.

    Args:
        path: path of the file.
        width: expected width of the whole photo in pixels.
        height: expected height of the whole photo in pixels.
        reduction: 1, 2, 4 or 8. A JPEG is decoded at that fraction of its
            size, every pixel the mean of a square; other formats are not.

    Returns:
        (rows, columns, 3) uint8 RGB, and the reduction that was applied.

    Raises:
        InputError: if it cannot be read or decoded, or has another size.
    """
    content = _read(path, path)
    if not _is_jpeg(content):
        reduction = 1
    photo = _decode(content, path, _STORED_RGB | _REDUCED[reduction])
    expected = (-(-height // reduction), -(-width // reduction))
    if photo.shape[:2] != expected:
        rows, columns = (side * reduction for side in photo.shape[:2])
        raise InputError(
            f"{path}: expected {width} x {height} pixels as annotated, got "
            f"{columns} x {rows}."
        )
    return photo, reduction


def read_photo(path):
    """Reads a photo as people see it: EXIF rotation is applied.

    Args:
        path: path of the file.

    Returns:
        (rows, columns, 3) uint8 RGB.

    Raises:
        InputError: if it cannot be read or decoded.
    """
    return _decode(_read(path, path), path, _UPRIGHT_RGB)


def _decode(content, path, flags):
    if _is_jpeg(content) and _is_truncated(content):
        # Some versions of OpenCV would fill the rest with grey.
        raise InputError(f"{path}: expected a whole JPEG, got a truncated one.")
    try:
        photo = cv2.imdecode(np.frombuffer(content, "uint8"), flags)
    except cv2.error:
        photo = None
    if photo is None:
        raise InputError(
            f"{path}: expected a photo, got {len(content)} bytes that cannot "
            "be decoded."
        )
    return photo


def _is_truncated(jpeg):
    """Whether the end is missing behind the first scan.

    Segments are walked by their lengths: thumbnails within them, and what
    cameras append to a file, have marks of their own.
    """
    place = 2
    while jpeg[place : place + 1] == b"\xff":
        if jpeg[place + 1 : place + 2] == b"\xda":
            return jpeg.find(b"\xff\xd9", place) < 0
        length = int.from_bytes(jpeg[place + 2 : place + 4], "big")
        place += 2 + length
    return False  # no JPEG that could be walked; the decoder will say


def _is_jpeg(content):
    return content.startswith(_SIGNATURES["JPEG"])


def _read(path, where, size=-1):
    try:
        with open(path, "rb") as file:
            content = file.read(size)
    except OSError as error:
        raise InputError(
            f"{where}: expected a readable file, got {error.strerror}: {path}."
        ) from error
    except ValueError as error:  # a name no file can have
        raise InputError(
            f"{where}: expected a file name, got {path!r}."
        ) from error
    if not content:
        raise InputError(f"{where}: expected a photo, got no bytes: {path}.")
    return content
