"""Makes TensorFlow, JAX and PyTorch comparable and quiet; small data sets."""

import json
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    # PyTorch has to be loaded before TensorFlow: both bring OpenMP.
    import torch  # noqa: F401
except ImportError:
    pass

import cv2
import numpy as np
import pytest

from keras_drsi.keypoints import COCO_PERSON
from tests.shared_data import FIXTURES, shared_data

K = len(COCO_PERSON)


def pytest_addoption(parser):
    parser.addoption(
        "--kills",
        type=int,
        default=1,
        metavar="N",
        help="how often test_kill.py kills its run",
    )


@pytest.fixture(scope="session")
def tiny_network():
    """Arguments of a network that is ready in seconds."""
    return {
        "width": 0.0625,
        "block_type": "bottleneck",
        "neck_type": "pan",
        "keypoint_depth": 0,
    }


@pytest.fixture(scope="session", params=["fixture", "shared data"])
def coco_results(request):
    """Folder of labels, poses found and what pycocotools computed of them."""
    if request.param == "fixture":
        return FIXTURES / "coco_results"
    return shared_data("oks_fake100")


@pytest.fixture(scope="session")
def coco_directory(tmp_path_factory):
    """Four pictures of random persons in COCO's layout."""
    directory = tmp_path_factory.mktemp("coco")
    (directory / "annotations").mkdir()
    (directory / "val2017").mkdir()
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for image_id, (width, height) in enumerate([(160, 120), (90, 130)] * 2):
        name = f"{image_id}.png"
        pixels = rng.integers(0, 255, (height, width, 3), "uint8")
        cv2.imwrite(str(directory / "val2017" / name), pixels)
        images.append(
            {
                "id": image_id,
                "file_name": name,
                "width": width,
                "height": height,
            }
        )
        for number in range(image_id):
            corner = rng.integers(0, 20, 2)
            side = rng.integers(40, 60, 2)
            points = corner + rng.integers(0, 40, (K, 2))
            annotations.append(
                {
                    "id": 10 * image_id + number,
                    "image_id": image_id,
                    "category_id": 1,
                    "bbox": [*corner.tolist(), *side.tolist()],
                    "area": int(side.prod()) // 2,
                    "iscrowd": 0,
                    "num_keypoints": K,
                    "keypoints": np.c_[points, [2] * K].ravel().tolist(),
                }
            )
    content = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "keypoints": list(COCO_PERSON.names)}],
    }
    path = directory / "annotations" / "person_keypoints_val2017.json"
    path.write_text(json.dumps(content))
    return directory


@pytest.fixture(scope="session")
def train_and_val(coco_directory, tmp_path_factory):
    """A directory with the same photos to learn from and to evaluate on."""
    directory = tmp_path_factory.mktemp("data") / "coco"
    shutil.copytree(coco_directory, directory)
    shutil.copytree(directory / "val2017", directory / "train2017")
    labels = directory / "annotations" / "person_keypoints_{}2017.json"
    shutil.copy(str(labels).format("val"), str(labels).format("train"))
    return directory


@pytest.fixture
def train_alone(train_and_val, tmp_path):
    """A directory with a train split alone."""
    directory = shutil.copytree(train_and_val, tmp_path / "train_alone")
    shutil.rmtree(directory / "val2017")
    (directory / "annotations" / "person_keypoints_val2017.json").unlink()
    return directory


@pytest.fixture
def nobody(train_alone, tmp_path):
    """A directory with a train split alone, without annotations."""
    directory = shutil.copytree(train_alone, tmp_path / "nobody")
    file = directory / "annotations" / "person_keypoints_train2017.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "annotations": []}))
    return directory
