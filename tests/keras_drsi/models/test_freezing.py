import keras
import numpy as np
import pytest

from keras_drsi import DRSINet, InputError
from tests.random_norms import random_network

PARTS = ["backbone", "neck/lateral_P3"]


def make():
    model = random_network(input_size=64, keypoints=3, width=0.125)
    model.backbone.trainable = False
    model.neck.laterals[-1].trainable = False
    return model


def trainable_paths(model):
    return {weight.path for weight in model.trainable_weights}


def assert_frozen(model):
    assert model.get_config()["frozen"] == PARTS
    paths = trainable_paths(model)
    assert paths
    frozen = ("stem", "stage", "neck/lateral_P3")
    assert not any(path.startswith(frozen) for path in paths)


def batch(images=2):
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 255, (images, 64, 64, 3)).astype("float32")
    y = {
        "boxes": np.tile(np.float32([8, 8, 40, 56]), (images, 1, 1)),
        "keypoints": rng.uniform(8, 40, (images, 1, 3, 3)).astype("float32"),
        "count": np.ones(images, "int32"),
    }
    y["keypoints"][..., 2] = 2
    return x, y


def test_parts_are_attributes():
    model = make()
    assert [model.backbone.name, model.neck.name, model.head.name] == [
        "backbone",
        "neck",
        "head",
    ]
    assert model.get_layer("neck") is model.neck
    assert len(model.weights) == len({id(weight) for weight in model.weights})


def test_training_leaves_frozen_parts_and_their_norms_as_they_are():
    model = make()
    before = model.backbone.get_weights()
    head = model.head.get_weights()
    model.compile("sgd")
    model.fit(*batch(), epochs=1, verbose=0)
    for actual, expected in zip(model.backbone.get_weights(), before):
        np.testing.assert_array_equal(actual, expected)
    assert any((a != b).any() for a, b in zip(model.head.get_weights(), head))


def test_frozen_through_save_and_load(tmp_path):
    model = make()
    model.compile("adam")
    model.fit(*batch(), epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_frozen(loaded)
    assert trainable_paths(loaded) == trainable_paths(model)
    # The optimizer's state fits, which has no slots for frozen weights.
    for actual, expected in zip(
        loaded.optimizer.variables, model.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(actual),
            keras.ops.convert_to_numpy(expected),
        )


def test_frozen_through_fold():
    folded = make().fold()
    assert_frozen(folded)
    assert folded.fold().get_config()["frozen"] == PARTS


def test_a_model_frozen_as_a_whole_stays_so():
    model = make()
    model.trainable = False
    twin = DRSINet.from_config(model.get_config())
    assert not twin.trainable_weights and not twin.trainable


def test_frozen_from_the_start():
    model = DRSINet(input_size=64, width=0.125, frozen=["backbone", "neck"])
    assert {p.split("/")[0] for p in trainable_paths(model)} == {"head"}


@pytest.mark.parametrize("path", ["spine", "backbone/stage_9", "head/box_P3/x"])
def test_unknown_layer(path):
    with pytest.raises(InputError, match=f"frozen: expected .*'{path}'"):
        DRSINet(input_size=64, width=0.125, frozen=[path])
