"""Classes that Keras finds by the names in a file."""

import ast
import pathlib
import subprocess
import sys

import keras
import pytest

import keras_drsi
from keras_drsi.registration import SERIALIZABLE

FOLDER = pathlib.Path(keras_drsi.__file__).parent
WEIGHTS = FOLDER / "weights" / "drsi_net_n_synthetic.keras"


def registered_in(path):
    """Classes with Keras' decorator in a source file."""
    return [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
        and any(
            "register_keras_serializable" in ast.unparse(decorator)
            for decorator in node.decorator_list
        )
    ]


def test_every_registered_class_is_in_the_table():
    found = {}
    for path in sorted(FOLDER.rglob("*.py")):
        module = ".".join(path.relative_to(FOLDER).with_suffix("").parts)
        if names := registered_in(path):
            found[module] = sorted(names)
    assert {module: sorted(n) for module, n in SERIALIZABLE.items()} == found


@pytest.mark.parametrize(
    "imports",
    [
        "import keras, keras_drsi",
        "import keras_drsi, keras",
        "from keras_drsi.layers.conv import Conv; import keras",
    ],
)
def test_a_file_loads_after_a_bare_import(imports):
    program = (
        f"{imports}\nmodel = keras.models.load_model({str(WEIGHTS)!r})\n"
        "print(type(model).__module__, type(model.keypoints).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.stdout.split() == [
        "keras_drsi.models.drsi_net",
        "KeypointSchema",
    ], done.stderr


def test_a_class_replaces_its_stand_in():
    name = "keras_drsi>WarmupSGD"
    config = {
        "module": "keras_drsi.optimizers.warmup_sgd",
        "class_name": "WarmupSGD",
        "registered_name": name,
        "config": {"learning_rate": 0.5},
    }
    optimizer = keras.saving.deserialize_keras_object(config)
    assert type(optimizer) is keras_drsi.WarmupSGD
    assert keras.saving.get_registered_object(name) is keras_drsi.WarmupSGD


def test_the_schema_is_registered_by_its_name():
    schema = keras_drsi.COCO_PERSON
    written = keras.saving.serialize_keras_object(schema)
    assert written["registered_name"] == "keras_drsi>KeypointSchema"
    assert keras.saving.deserialize_keras_object(written) == schema
