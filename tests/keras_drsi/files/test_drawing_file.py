import cv2
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.files.drawing_file import write_picture

RED = np.full((4, 6, 3), (255, 0, 0), "uint8")


def test_colours_and_an_older_picture(tmp_path):
    path = tmp_path / "red.png"
    path.write_text("an older one")
    write_picture(RED, path)
    assert cv2.imread(str(path))[0, 0].tolist() == [0, 0, 255]  # BGR


def test_a_picture_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr("cv2.imwrite", lambda *args: False)
    with pytest.raises(InputError, match="red.png: cannot be written"):
        write_picture(RED, tmp_path / "red.png")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="red.png: cannot be written"):
        write_picture(RED, tmp_path / "file" / "red.png")
