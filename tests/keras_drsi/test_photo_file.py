import cv2
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.photo_file import check_photo_file, decode_photo

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


def crafted_files():
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
        "grey.jpg": encode(".jpg", bgr[..., 0]),
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


@pytest.mark.parametrize("name", crafted_files())
def test_stored_pixels_as_rgb(tmp_path, name):
    content = crafted_files()[name]
    path = tmp_path / name
    path.write_bytes(content)
    check_photo_file(path, "here")
    photo, reduction = decode_photo(path, WIDTH, HEIGHT)
    assert photo.shape == (HEIGHT, WIDTH, 3) and photo.dtype == np.uint8
    assert reduction == 1
    if "grey" not in name:
        difference = photo.astype(int) - smooth_photo()
        assert np.abs(difference).mean() < 3
    assert path.read_bytes() == content


UNUSABLE = {
    "empty.jpg": (b"", "no bytes"),
    "page.jpg": (b"<html>not found</html>", "cannot be decoded"),
    "cut.jpg": (encode(".jpg", smooth_photo())[:700], "truncated"),
    "end.jpg": (encode(".jpg", smooth_photo())[:-2], "truncated"),
    "cut.png": (encode(".png", smooth_photo())[:60], "cannot be decoded"),
    "noise.jpg": (b"\xff\xd8\xff" + bytes(range(256)), "cannot be decoded"),
    "other.png": (
        encode(".png", smooth_photo(HEIGHT + 1)),
        "61 x 45 pixels as annotated, got 61 x 46",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_file_is_named(tmp_path, name):
    content, message = UNUSABLE[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        decode_photo(path, WIDTH, HEIGHT)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="No such file.*gone.jpg"):
        decode_photo(tmp_path / "gone.jpg", WIDTH, HEIGHT)
    with pytest.raises(InputError, match="^here: .*gone.jpg"):
        check_photo_file(tmp_path / "gone.jpg", "here")


@pytest.mark.parametrize("reduction", [2, 4, 8])
def test_reduced_jpeg_holds_the_means_of_squares(tmp_path, reduction):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(".jpg", smooth_photo()))
    whole, _ = decode_photo(path, WIDTH, HEIGHT)
    reduced, applied = decode_photo(path, WIDTH, HEIGHT, reduction)
    assert applied == reduction
    rows, columns = HEIGHT // reduction, WIDTH // reduction
    squares = whole[: rows * reduction, : columns * reduction].reshape(
        rows, reduction, columns, reduction, 3
    )
    difference = reduced[:rows, :columns] - squares.mean(axis=(1, 3))
    assert np.abs(difference).max() < 6


def test_other_formats_are_not_reduced(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encode(".png", smooth_photo()))
    photo, reduction = decode_photo(path, WIDTH, HEIGHT, 4)
    assert reduction == 1 and photo.shape == (HEIGHT, WIDTH, 3)
