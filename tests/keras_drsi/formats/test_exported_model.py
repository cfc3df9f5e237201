import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.export import ExportOptions, export
from keras_drsi.formats import ExportedModel
from keras_drsi.inference import PosePredictor
from tests.random_norms import random_network

SIZE = (64, 128)


@pytest.fixture(scope="module")
def model():
    return random_network(
        input_size=SIZE,
        keypoints=3,
        score_threshold=0.0,
        max_poses=4,
        block_type="bottleneck",
        neck_type="pan",
    )


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """A folder with the exported network and an image."""
    folder = tmp_path_factory.mktemp("exported")
    export(model, folder / "model.onnx", ExportOptions(poses=True))
    image = np.random.default_rng(0).integers(0, 256, (100, 90, 3), "uint8")
    cv2.imwrite(str(folder / "image.png"), image)
    return folder


# Prints the poses in an image as a user's program finds them, where no
# framework is installed.
PROGRAM = """
import json, sys

class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name in {"keras", "tensorflow", "torch", "jax", "onnx"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Forbidden())
import keras_drsi

predictor = keras_drsi.PosePredictor("model.onnx", score_threshold=0)
(result,) = predictor.predict("image.png")
result.plot(boxes=True)
print(json.dumps(result.to_json()))
"""


def test_an_onnx_file_needs_no_framework(model, folder):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (expected,) = PosePredictor(model, score_threshold=0).predict(
        folder / "image.png"
    )
    assert len(found["poses"]) == len(expected) > 0
    for pose, score, box in zip(
        found["poses"], expected.scores, expected.boxes
    ):
        assert pose["score"] == pytest.approx(score, abs=1e-5)
        np.testing.assert_allclose(pose["box"], box, atol=1e-2)


def test_what_the_file_says(model, folder):
    exported = ExportedModel(folder / "model.onnx")
    assert exported.input_size == SIZE
    assert exported.keypoints.names == model.keypoints.names
    assert exported.data_format == "channels_last"
    assert exported.batch_size is None


def test_an_exported_network_has_no_flip_test(folder):
    with pytest.raises(InputError, match="flip_test: .*model.onnx"):
        PosePredictor(folder / "model.onnx", flip_test=True)


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"not a network")
    with pytest.raises(InputError, match="model.onnx: corrupted"):
        PosePredictor(tmp_path / "model.onnx")
    with pytest.raises(InputError, match="none.onnx: expected an exported"):
        PosePredictor(tmp_path / "none.onnx")
