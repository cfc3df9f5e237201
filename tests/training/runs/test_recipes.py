import dataclasses
import json

import pytest

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.losses.pose_loss import PoseLoss
from keras_drsi.models.person_anchors import person_anchors
from training.runs.recipes import RECIPES, find_recipe


@pytest.mark.parametrize(
    "size, batch_size, accumulated", [("s", 36, 2), ("m", 16, 4), ("l", 8, 8)]
)
def test_the_papers_recipe(size, batch_size, accumulated):
    recipe = find_recipe(f"paper_{size}")
    assert recipe.preset == f"drsi_net_{size}"
    assert recipe.epochs == 300
    assert recipe.batch_size == batch_size
    assert recipe.accumulated_batches == accumulated
    assert (recipe.optimizer, recipe.momentum) == ("sgd", 0.937)
    assert (recipe.learning_rate, recipe.final_rate) == (3e-3, 0.2)
    assert recipe.weight_decay == 5e-4
    loss = PoseLoss(COCO_PERSON, person_anchors((960, 960)), **recipe.loss)
    assert (loss.box_weight, loss.objectness_weight) == (0.05, 1)
    assert (loss.oks_weight, loss.keypoint_confidence_weight) == (0.1, 0.5)
    assert loss.level_balance == (4, 1, 0.25, 0.06)
    augmentation = recipe.augmentation
    assert (augmentation.mosaic, augmentation.flip) == (1, 0.5)
    assert (augmentation.translation, augmentation.scale) == (0.1, (0.5, 1.5))


@pytest.mark.parametrize("name", RECIPES)
def test_a_file_of_settings_is_a_recipe(name, tmp_path):
    path = tmp_path / "mine.json"
    values = dataclasses.asdict(find_recipe(name))
    for content in (values, {"settings": values, "backend": "torch"}):
        path.write_text(json.dumps(content))
        assert find_recipe(str(path)) == find_recipe(name)


def test_a_file_may_name_a_few_settings(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"epochs": 7, "augmentation": {"flip": 0.0}}')
    recipe = find_recipe(path)
    assert (recipe.epochs, recipe.augmentation.flip) == (7, 0)
    assert recipe.batch_size == find_recipe("short").batch_size
    assert recipe.augmentation.mosaic == 1


def test_unknown_recipe():
    with pytest.raises(InputError, match="did you mean 'paper_s'"):
        find_recipe("papers")


@pytest.mark.parametrize(
    "content, message",
    [
        ('{"epoch": 3}', "mine.json: .*'epoch', did you mean 'epochs'"),
        ('{"augmentation": {"flop": 1}}', "augmentation: .*mean 'flip'"),
        ('{"loss": {"oks": 1}}', "loss: unknown setting 'oks'"),
        ('{"epochs": "many"}', "mine.json: epochs: .*'many'"),
        ('{"epochs": 2.5}', "mine.json: epochs: expected a whole number"),
        ('{"augmentation": 3}', "mine.json: augmentation"),
        ("[1]", "mine.json: expected names and values"),
        ("{", "mine.json: expected JSON"),
    ],
)
def test_a_file_at_fault(content, message, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        find_recipe(str(path))
