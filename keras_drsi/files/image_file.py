"""Image files: checking, decoding and writing."""

import cv2
import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import new_file

_SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "BMP": (b"BM",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "WebP": (b"RIFF",),
    "TIFF": (b"II*\0", b"MM\0*"),
}
_SIGNATURE_BYTES = 8
# libjpeg decodes at 1/2, 1/4 or 1/8 of the size faster than at full size.
_REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_STORED_RGB = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
_UPRIGHT_RGB = cv2.IMREAD_COLOR_RGB


def check_image_file(path, where):
    """Checks the signature of an image file, without decoding it.

    Args:
        path: path of the file.
        where: string, prefix of the error message.

    Raises:
        InputError: if the file is missing, unreadable, empty or not an image.
    """
    begin = _read(path, where, _SIGNATURE_BYTES)
    if not begin.startswith(sum(_SIGNATURES.values(), ())):
        raise InputError(
            f"{where}: expected an image ({', '.join(_SIGNATURES)}), got a "
            f"file starting with {begin!r}: {path}."
        )


def decode_image(path, width, height, reduction=1):
    """Decodes an image as stored, without applying its EXIF orientation.

    Args:
        path: path of the file.
        width: integer, expected width of the full image in pixels.
        height: integer, expected height of the full image in pixels.
        reduction: 1, 2, 4 or 8. JPEG files are decoded at 1 / `reduction` of
            their size, each pixel the mean of a square. Other formats are
            always decoded at full size.

    Returns:
        Tuple of the image, a uint8 RGB array of shape (height, width, 3), and
        the reduction that was applied.

    Raises:
        InputError: if the file cannot be read or decoded, or the image has an
            unexpected size.
    """
    content = _read(path, path)
    if not _is_jpeg(content):
        reduction = 1
    image = _decode(content, path, _STORED_RGB | _REDUCED[reduction])
    expected = (-(-height // reduction), -(-width // reduction))
    if image.shape[:2] != expected:
        rows, columns = (side * reduction for side in image.shape[:2])
        raise InputError(
            f"{path}: expected {width} x {height} pixels as annotated, got "
            f"{columns} x {rows}."
        )
    return image, reduction


def read_image(path):
    """Decodes an image upright, applying its EXIF orientation.

    Args:
        path: path of the file.

    Returns:
        uint8 RGB array of shape (height, width, 3).

    Raises:
        InputError: if the file cannot be read or decoded.
    """
    return _decode(_read(path, path), path, _UPRIGHT_RGB)


def write_image(image, path):
    """Writes an image in the format given by the suffix of its path.

    Args:
        image: uint8 RGB array of shape (height, width, 3).
        path: path of the file. An existing file is repositiond.

    Raises:
        InputError: if the file cannot be written.
    """
    with new_file(path) as unfinished:
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        if not cv2.imwrite(str(unfinished), bgr):
            raise InputError(f"{path}: cannot be written.")


def _decode(content, path, flags):
    if _is_jpeg(content) and _is_truncated(content):
        # Some versions of OpenCV fill the missing part with gray.
        raise InputError(
            f"{path}: expected a complete JPEG, got a truncated one."
        )
    try:
        image = cv2.imdecode(np.frombuffer(content, "uint8"), flags)
    except cv2.error:
        image = None
    if image is None:
        raise InputError(
            f"{path}: expected an image, got {len(content)} bytes that cannot "
            "be decoded."
        )
    return image


def _is_truncated(jpeg):
    """Whether the end marker is missing after the first scan.

    Walks the segments by their lengths, because thumbnails inside them and
    data appended by cameras contain end markers too.
    """
    position = 2
    while jpeg[position : position + 1] == b"\xff":
        if jpeg[position + 1 : position + 2] == b"\xda":
            return jpeg.find(b"\xff\xd9", position) < 0
        length = int.from_bytes(jpeg[position + 2 : position + 4], "big")
        position += 2 + length
    return False  # malformed segments are left to the decoder


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
    except ValueError as error:  # not a valid file name, e.g. with a null byte
        raise InputError(
            f"{where}: expected a file name, got {path!r}."
        ) from error
    if not content:
        raise InputError(
            f"{where}: expected an image, got an empty file: {path}."
        )
    return content
