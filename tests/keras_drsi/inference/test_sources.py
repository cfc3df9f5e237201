import pathlib

import cv2
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.inference.sources import open_source

RGB = np.full((40, 60, 3), (200, 100, 50), "uint8")


def write_image(path, rgb=RGB):
    cv2.imwrite(str(path), rgb[..., ::-1])
    return path


def write_video(path, shades):
    video = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (64, 48)
    )
    for shade in shades:
        video.write(np.full((48, 64, 3), shade, "uint8"))
    video.release()
    return path


def refuse(line):
    raise AssertionError(line)


def frames(source, on_unreadable=refuse):
    return list(open_source(source).frames(on_unreadable))


def test_arrays():
    (frame,) = frames(RGB)
    assert frame.image is RGB and frame.name == "0"
    assert [f.name for f in frames(np.stack([RGB] * 3))] == ["0", "1", "2"]
    assert [f.image.shape for f in frames([RGB, RGB[:10]])] == [
        (40, 60, 3),
        (10, 60, 3),
    ]


@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_an_image_and_a_list_of_images(tmp_path, kind):
    path = write_image(tmp_path / "image.png")
    (frame,) = frames(kind(path))
    np.testing.assert_array_equal(frame.image, RGB)
    assert frame.name == str(path)
    assert [f.name for f in frames([kind(path)] * 2)] == [str(path)] * 2


def test_a_folder_in_the_order_of_names(tmp_path):
    for name in ("b.png", "a.jpg", "c.PNG"):
        write_image(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    source = open_source(tmp_path)
    assert len(source) == 3
    names = [pathlib.Path(f.name).name for f in source.frames(refuse)]
    assert names == ["a.jpg", "b.png", "c.PNG"]


def test_an_unreadable_image_among_others_is_reported_and_skipped(tmp_path):
    for name in ("a.png", "c.png"):
        write_image(tmp_path / name)
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    lines = []
    names = [pathlib.Path(f.name).name for f in frames(tmp_path, lines.append)]
    assert names == ["a.png", "c.png"]
    (line,) = lines
    assert "b.png: expected an image, got 19 bytes" in line


def test_a_video_frame_by_frame(tmp_path):
    path = write_video(tmp_path / "clip.mp4", shades=(30, 120, 210))
    source = open_source(path)
    assert len(source) == 3
    assert source.frames_per_second == pytest.approx(10)
    seen = list(source.frames(refuse))
    assert [f.name for f in seen] == [f"{path}#{n}" for n in range(3)]
    for frame, shade in zip(seen, (30, 120, 210)):
        assert frame.image.shape == (48, 64, 3)
        assert abs(frame.image.mean() - shade) < 8


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none.jpg", "No such file"),
        (lambda folder: folder / "none.mp4", "a video that can be opened"),
        (lambda folder: folder, "expected images .* got none"),
        (lambda folder: 99, "a camera that can be opened"),
        (lambda folder: 3.5, "got float"),
        (lambda folder: [], r"got \[\]"),
        (lambda folder: [RGB, "a.jpg"], "got .*'ndarray', 'str'"),
        (lambda folder: np.stack([RGB])[:0], "expected images, got none"),
        (lambda folder: RGB.astype("float32"), "got float32 of shape"),
        (lambda folder: RGB[..., :2], r"got uint8 of shape \(40, 60, 2\)"),
        (lambda folder: RGB[:0], r"\(0, 60, 3\)"),
    ],
)
def test_what_is_no_source_is_refused(tmp_path, make, message):
    with pytest.raises(InputError, match=message):
        frames(make(tmp_path))


def test_a_text_file_as_a_video_is_refused(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_text("no video")
    with pytest.raises(InputError, match="clip.mp4: expected a video"):
        open_source(path)
