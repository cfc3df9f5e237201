"""A small network learns eight pictures by heart (T29).

This is the test that notices what no shape can tell: swapped coordinates, a
wrong flip table, decoding that does not undo what the loss asked for.
"""

import dataclasses

import keras
import pytest

from keras_drsi import DRSINet
from keras_drsi.data.augment import Augmentation
from keras_drsi.data.coco import read_coco
from keras_drsi.data.mean_pose import mean_pose
from keras_drsi.data.pipeline import training_batches
from keras_drsi.data.synthetic import CALM, write_synthetic_people
from keras_drsi.evaluation.evaluate_model import evaluate_model
from training.runs.optimizer import make_optimizer
from training.runs.recipes import find_recipe

SIZE, IMAGES, STEPS = 128, 8, 400
RECIPE = dataclasses.replace(find_recipe("synthetic"), learning_rate=2e-3)
# People of several sizes, for which the preset's anchors are.
CROWD = dataclasses.replace(CALM, statures=(0.6, 1.0))


class Losses(keras.callbacks.Callback):
    """The loss of every step."""

    def on_train_begin(self, logs=None):
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append(logs["loss"])
        self.model.reset_metrics()


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    directory = tmp_path_factory.mktemp("learning") / "people"
    write_synthetic_people(directory, IMAGES, 1, SIZE, crowd=CROWD)
    poses = read_coco(directory, "train")
    keras.utils.set_random_seed(0)
    model = DRSINet.from_preset(
        "drsi_net_n", input_size=SIZE, loss_config=RECIPE.loss
    )
    model.initialize_pose_prior(mean_pose(poses))
    model.compile(make_optimizer(RECIPE, STEPS // RECIPE.epochs))
    losses = Losses()
    model.fit(
        training_batches(
            poses, SIZE, IMAGES, seed=0, augmentation=Augmentation.none()
        ),
        steps_per_epoch=STEPS,
        callbacks=[losses],
        verbose=0,
    )
    metrics, _ = evaluate_model(model, poses, SIZE, IMAGES)
    return losses.values, metrics


def test_loss_falls_by_nine_tenths(learned):
    losses, _ = learned
    assert losses[-1] < 0.1 * losses[0]


def test_predictions_at_inference_are_the_pictures_poses(learned):
    _, metrics = learned
    # AP is that of OKS 0.50 to 0.95.
    assert metrics["AP"] > 0.9
