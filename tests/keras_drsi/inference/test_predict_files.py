import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.inference.predict_files import image_writer


def test_no_half_written_image(tmp_path, monkeypatch):
    def full_disk(path, image):
        with open(path, "w") as file:
            file.write("half")
        return False

    monkeypatch.setattr("cv2.imwrite", full_disk)
    with (
        pytest.raises(InputError, match="one.jpg: cannot be written"),
        image_writer(tmp_path) as write,
    ):
        write(np.zeros((8, 8, 3), "uint8"), "one.png")
    assert not list(tmp_path.iterdir())
