import cv2
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.files.image_file import (
    check_image_file,
    decode_image,
    write_image,
)
from tests.crafted_photos import (
    HEIGHT,
    WIDTH,
    encode,
    smooth_photo,
    unusable_files,
    usable_files,
)

RED = np.full((4, 6, 3), (255, 0, 0), "uint8")


@pytest.mark.parametrize("name", usable_files())
def test_stored_pixels_as_rgb(tmp_path, name):
    content = usable_files()[name]
    path = tmp_path / name
    path.write_bytes(content)
    check_image_file(path, "here")
    image, reduction = decode_image(path, WIDTH, HEIGHT)
    assert image.shape == (HEIGHT, WIDTH, 3) and image.dtype == np.uint8
    assert reduction == 1
    if "grey" not in name:
        difference = image.astype(int) - smooth_photo()
        assert np.abs(difference).mean() < 3
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", unusable_files())
def test_unusable_file_is_named(tmp_path, name):
    content, message = unusable_files()[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        decode_image(path, WIDTH, HEIGHT)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="No such file.*gone.jpg"):
        decode_image(tmp_path / "gone.jpg", WIDTH, HEIGHT)
    with pytest.raises(InputError, match="^here: .*gone.jpg"):
        check_image_file(tmp_path / "gone.jpg", "here")


@pytest.mark.parametrize("reduction", [2, 4, 8])
def test_reduced_jpeg_holds_the_means_of_squares(tmp_path, reduction):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(".jpg", smooth_photo()))
    whole, _ = decode_image(path, WIDTH, HEIGHT)
    reduced, applied = decode_image(path, WIDTH, HEIGHT, reduction)
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
    image, reduction = decode_image(path, WIDTH, HEIGHT, 4)
    assert reduction == 1 and image.shape == (HEIGHT, WIDTH, 3)


def test_colours_and_an_existing_file(tmp_path):
    path = tmp_path / "red.png"
    path.write_text("an older one")
    write_image(RED, path)
    assert cv2.imread(str(path))[0, 0].tolist() == [0, 0, 255]  # BGR


def test_an_image_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr("cv2.imwrite", lambda *args: False)
    with pytest.raises(InputError, match="red.png: cannot be written"):
        write_image(RED, tmp_path / "red.png")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="red.png: cannot be written"):
        write_image(RED, tmp_path / "file" / "red.png")
