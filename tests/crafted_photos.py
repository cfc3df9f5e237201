"""Files of photos as they occur: odd ones, and ones that are no use."""

import io

import cv2
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 61, 45


def smooth_photo(height=HEIGHT, width=WIDTH):
    rows, columns = np.mgrid[:height, :width]
    planes = (rows * 2, columns * 2, rows + columns)
    return np.stack(planes, axis=-1).clip(0, 255).astype("uint8")


def with_orientation(jpeg, orientation):
    """Inserts an EXIF segment that holds nothing but an orientation."""
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"
    tiff += bytes([orientation]) + b"\0\0\0\0\0\0"
    body = b"Exif\0\0" + tiff
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    return jpeg[:2] + segment + jpeg[2:]


def encode(extension, pixels):
    return cv2.imencode(extension, pixels)[1].tobytes()


def written_by_pillow(image, kind):
    """What OpenCV does not write: CMYK, and a GIF's colours."""
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def usable_files():
    """{name: bytes} of files that have to decode."""
    rgb = smooth_photo()
    bgr = rgb[..., ::-1]
    jpeg = encode(".jpg", bgr)
    alpha = np.dstack([bgr, np.full((HEIGHT, WIDTH), 99, "uint8")])
    files = {
        "plain.jpg": jpeg,
        "plain.png": encode(".png", bgr),
        "plain.webp": encode(".webp", bgr),
        "plain.bmp": encode(".bmp", bgr),
        "plain.gif": written_by_pillow(Image.fromarray(rgb).quantize(), "GIF"),
        "grey.jpg": encode(".jpg", bgr[..., 0]),
        "cmyk.jpg": written_by_pillow(
            Image.fromarray(rgb).convert("CMYK"), "JPEG"
        ),
        "alpha.png": encode(".png", alpha),
        "deep.png": encode(".png", bgr.astype("uint16") * 257),
        "ünï code.jpg": jpeg,
        "appended.jpg": jpeg + b"camera's notes",
        "film appended.jpg": jpeg + b"\xff\xd9 film \xff\xda and more",
    }
    for orientation in range(1, 9):
        name = f"orientation{orientation}.jpg"
        files[name] = with_orientation(jpeg, orientation)
    return files


def unusable_files():
    """{name: (bytes, what the message says)} of files that must not."""
    jpeg = encode(".jpg", smooth_photo())
    png = encode(".png", smooth_photo())
    return {
        "empty.jpg": (b"", "empty file"),
        "page.jpg": (b"<html>not found</html>", "cannot be decoded"),
        "cut.jpg": (jpeg[: len(jpeg) * 7 // 10], "truncated"),
        "end.jpg": (jpeg[:-2], "truncated"),
        "cut.png": (png[:60], "cannot be decoded"),
        "noise.jpg": (b"\xff\xd8\xff" + bytes(range(256)), "cannot be decoded"),
        "other.png": (
            encode(".png", smooth_photo(HEIGHT + 1)),
            "61 x 45 pixels as annotated, got 61 x 46",
        ),
    }
