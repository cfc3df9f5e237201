"""The examples in docstrings run, and print what they say."""

import ast
import doctest
import importlib
import json
import pathlib
import re

import cv2
import keras
import numpy as np
import pytest
import torch

import keras_drsi
from keras_drsi.checkpoints import yolo_pose_tensors
from keras_drsi.data.coco import read_coco
from keras_drsi.data.pipeline import training_batches
from keras_drsi.data.synthetic import CALM, write_synthetic_people
from keras_drsi.levels import LEVEL_STRIDES
from keras_drsi.models.person_anchors import person_anchors

REPOSITORY = pathlib.Path(__file__).parents[1]
PACKAGES = "keras_drsi", "training", "benchmarks"
# Of examples that cannot run in a test: downloads, several processes.
MOST_SKIPPED = 8
SIZE = 64


def docstrings_with_examples():
    """`module.Name` of every docstring that has examples, and the text."""
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            module = path.relative_to(REPOSITORY).with_suffix("")
            name = ".".join(module.parts).removesuffix(".__init__")
            yield from _below(name, name, ast.parse(path.read_text()))


def _below(module, name, node):
    text = ast.get_docstring(node)
    if text and ">>>" in text:
        yield pytest.param(module, text, id=name)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
            yield from _below(module, f"{name}.{child.name}", child)


DOCSTRINGS = list(docstrings_with_examples())


class OutputChecker(doctest.OutputChecker):
    """Compares what an example prints with what it says, if it says it."""

    def check_output(self, want, got, optionflags):
        got = re.sub(r"(?:torch\.Size|TensorShape)\(\[(.*?)\]\)", r"(\1)", got)
        return not want or super().check_output(want, got, optionflags)


@pytest.fixture(scope="module")
def files(tmp_path_factory, tiny_network):
    """A folder with the files that the examples read."""
    folder = tmp_path_factory.mktemp("examples")
    write_synthetic_people(folder / "coco", 4, 2, 128, crowd=CALM)
    image = cv2.imread(str(next((folder / "coco" / "val2017").iterdir())))
    cv2.imwrite(str(folder / "image.jpg"), image)
    video = cv2.VideoWriter(
        str(folder / "video.mp4"),
        cv2.VideoWriter.fourcc(*"mp4v"),
        10,
        image.shape[1::-1],
    )
    for _ in range(3):
        video.write(image)
    video.release()
    labels = "person_keypoints_val2017.json"
    text = (folder / "coco" / "annotations" / labels).read_text()
    (folder / labels).write_text(text)
    people = json.loads(text)["annotations"]
    results = json.dumps([{**person, "score": 0.9} for person in people])
    (folder / "results.json").write_text(results)
    yolo_pose = keras_drsi.DRSINet.from_preset(
        "yolo_pose_s", input_size=SIZE, width=0.125, keypoint_depth=0
    )
    torch.save(
        {
            name: torch.from_numpy(np.array(tensor))
            for name, tensor in yolo_pose_tensors(yolo_pose).items()
        },
        folder / "yolo_pose_s.pt",
    )
    for name in ("model.keras", "best.keras"):
        tiny_model(tiny_network).save(folder / name)
    return folder


def tiny_model(tiny_network):
    return keras_drsi.DRSINet(input_size=SIZE, max_poses=4, **tiny_network)


@pytest.fixture
def prepare(tiny_network):
    """Functions that give what an example may use without having made it."""
    rng = np.random.default_rng(0)

    def read_poses():
        return read_coco("coco", "train")

    def batches():
        return training_batches(read_poses(), SIZE, batch_size=2, seed=0)

    def batch():
        return next(batches().as_numpy_iterator())

    def compiled():
        model = tiny_model(tiny_network)
        model.compile("sgd")
        return model

    return {
        "model": compiled,
        "network": lambda: tiny_model(tiny_network),
        "predictor": lambda: keras_drsi.PosePredictor("model.keras"),
        "poses": read_poses,
        "batches": lambda: batches().take(1),
        "images": lambda: batch()[0],
        "targets": lambda: batch()[1],
        "val_images": lambda: batch()[0],
        "val_targets": lambda: batch()[1],
        "anchors": lambda: person_anchors((640, 640)),
        "boxes": lambda: rng.uniform(0, 640, (16, 64, 4)).astype("float32"),
        "count": lambda: rng.integers(0, 65, 16),
        "raw": lambda: {
            level: np.zeros((2, 640 // step, 640 // step, 3, 57), "float32")
            for level, step in LEVEL_STRIDES.items()
        },
    }


def is_used(name, source):
    return re.search(rf"\b{name}\b", source)


@pytest.mark.parametrize("module, text", DOCSTRINGS)
def test_examples(module, text, files, prepare, monkeypatch, request):
    monkeypatch.chdir(files)
    test = doctest.DocTestParser().get_doctest(
        text,
        {"keras": keras, "keras_drsi": keras_drsi, "np": np},
        request.node.callspec.id,
        module,
        0,
    )
    test.globs |= {
        name: make()
        for name, make in prepare.items()
        if any(is_used(name, example.source) for example in test.examples)
    }
    test.globs |= vars(importlib.import_module(module))
    runner = doctest.DocTestRunner(
        OutputChecker(),
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
    )
    said = []
    runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_few_examples_are_skipped():
    parser = doctest.DocTestParser()
    examples = [
        example
        for parameters in DOCSTRINGS
        for example in parser.get_examples(parameters.values[1])
    ]
    skipped = [e for e in examples if e.options.get(doctest.SKIP)]
    assert len(examples) > 50
    assert len(skipped) <= MOST_SKIPPED
