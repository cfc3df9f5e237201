"""COCO directories small enough to write for one test."""

import copy
import json
import pathlib

import cv2
import numpy as np
import pytest

from keras_drsi import KeypointSchema
from keras_drsi.data.coco import read_coco
from tests.shared_data import shared_data

ARROW = KeypointSchema(
    names=("tip", "left_barb", "right_barb"),
    sigmas=(0.05, 0.05, 0.05),
    swap_pairs=(("left_barb", "right_barb"),),
)
SIZES = ((160, 120), (96, 144), (128, 128), (200, 80), (64, 100))
TIP, LEFT, RIGHT = (255, 255, 255), (255, 0, 0), (0, 255, 0)


class TinyCoco:
    """Black photos with one arrow each: a white, a red and a green dot."""

    schema = ARROW

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.photos = self.directory / "val2017"
        self.file = (
            self.directory / "annotations" / "person_keypoints_val2017.json"
        )
        self.photos.mkdir(parents=True)
        self.file.parent.mkdir()
        self.content = {"images": [], "annotations": [], "categories": []}

    def fill(self, photos=len(SIZES)):
        """Writes photos of different sizes and their annotations."""
        for number in range(photos):
            width, height = SIZES[number % len(SIZES)]
            pixels = np.zeros((height, width, 3), "uint8")
            points = np.array([[0.5, 0.25], [0.3, 0.7], [0.7, 0.75]]) * (
                width,
                height,
            )
            for point, color in zip(points, (TIP, LEFT, RIGHT)):
                # Twice the resolution puts the centre on a pixel's corner.
                x, y = np.rint(point)
                rows, columns = np.mgrid[:height, :width] + 0.5
                dot = (columns - x) ** 2 + (rows - y) ** 2 <= 4.5**2
                pixels[dot] = color
            self.add(f"{number:03d}.png", pixels, np.rint(points))
        self.save()
        return self

    def add(self, name, pixels, points):
        height, width = pixels.shape[:2]
        cv2.imwrite(str(self.photos / name), pixels[..., ::-1])
        number = len(self.content["images"]) + 1
        self.content["images"].append(
            {"id": number, "file_name": name, "width": width, "height": height}
        )
        left, top = points.min(axis=0) - 5
        right, bottom = points.max(axis=0) + 5
        keypoints = np.c_[points, np.full(len(points), 2)]
        self.content["annotations"].append(
            {
                "id": 100 + number,
                "image_id": number,
                "category_id": 1,
                "bbox": [left, top, right - left, bottom - top],
                "area": (right - left) * (bottom - top) / 2,
                "keypoints": keypoints.ravel().tolist(),
                "num_keypoints": len(points),
                "iscrowd": 0,
            }
        )
        self.content["categories"] = [
            {"id": 1, "name": "arrow", "keypoints": list(ARROW.names)}
        ]

    def save(self, content=None):
        self.file.write_text(json.dumps(content or self.content))

    def changed(self, field, index, **values):
        """The content with some values of one entry replaced."""
        content = copy.deepcopy(self.content)
        content[field][index].update(values)
        return content

    def read(self, content=None):
        """Writes the content, if any, and reads the directory."""
        if content is not None:
            self.save(content)
        return read_coco(self.directory, "val", ARROW)


@pytest.fixture
def tiny_coco(tmp_path):
    return TinyCoco(tmp_path / "coco").fill()


@pytest.fixture(scope="session")
def tiny_poses(tmp_path_factory):
    """`CocoPoses` of a directory that no test changes."""
    return TinyCoco(tmp_path_factory.mktemp("tiny") / "coco").fill().read()


@pytest.fixture(scope="session")
def coco_dev():
    """Path of the real photos."""
    return shared_data("coco_dev")
