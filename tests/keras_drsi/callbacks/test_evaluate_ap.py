"""AP in the logs of fit, for the callbacks that come after."""

import csv

import keras
import numpy as np
import pytest
from keras import ops

from keras_drsi.callbacks import EvaluateAP
from keras_drsi.data.coco import read_coco
from keras_drsi.errors import InputError
from keras_drsi.geometry.letterbox import Letterbox
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.metrics.coco_keypoint_ap import AP_NAMES

K = len(COCO_PERSON)
EPOCHS = 5
BESIDE_AP = (
    "mean_pose_AP", "pose_skill", "box_AP", "box_AP50", "matched_persons",
    "matched_OKS", "matched_OKS_mean_pose", "matched_PCK",
    "matched_PCK_mean_pose", "ghosts", "progress",
)  # fmt: skip


class OnePose(keras.Model):
    """Finds one pose in every picture, at a learned place."""

    def __init__(self):
        super().__init__()
        self.place = self.add_weight(
            shape=(K, 3), initializer="ones", name="place"
        )

    def call(self, images):
        batch = ops.shape(images)[0]
        keypoints = self.place + ops.zeros((batch, 1, K, 3))
        return {
            "boxes": ops.zeros((batch, 1, 4)) + 1.0,
            "scores": ops.ones((batch, 1)),
            "keypoints": keypoints,
            "count": ops.ones((batch,), "int32"),
        }

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        return ops.mean(ops.square(y_pred["keypoints"][:, 0] - y))


@pytest.fixture(scope="module")
def poses(coco_directory):
    return read_coco(coco_directory, "val")


def fit(poses, callbacks, epochs=EPOCHS):
    """Learns where the first person stands in the pictures of 64 pixels."""
    image = poses.images[1]
    letterbox = Letterbox(image.width, image.height, 64)
    person = image.persons.keypoints[0]
    person = np.c_[letterbox.apply_points(person[:, :2]), np.ones(K)]
    model = OnePose()
    model.compile(keras.optimizers.SGD(20.0))
    history = model.fit(
        np.zeros((2, 64, 64, 3), "float32"),
        np.stack([person, person]).astype("float32"),
        epochs=epochs,
        callbacks=callbacks,
        verbose=0,
    )
    return model, history.history


def test_logs_hold_the_figures(poses):
    _, history = fit(poses, [EvaluateAP(poses, 64, batch_size=2)])
    for name in (*AP_NAMES, *BESIDE_AP):
        values = history[f"val_{name}"]
        assert len(values) == EPOCHS
        assert np.isfinite(values).all()
    assert history["val_AR"][-1] > history["val_AR"][0]


def test_training_goes_on_as_without(poses):
    model, history = fit(poses, [EvaluateAP(poses, 64, batch_size=2)])
    plain, plain_history = fit(poses, [])
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model.place), ops.convert_to_numpy(plain.place)
    )
    assert history["loss"] == plain_history["loss"]


@pytest.mark.filterwarnings("ignore:Can save best model only")  # epoch 2
def test_first_every_second_and_last_epoch(poses, tmp_path):
    log, best = tmp_path / "log.csv", tmp_path / "best.weights.h5"
    _, history = fit(
        poses,
        [
            EvaluateAP(poses, 64, batch_size=2, every=2),
            keras.callbacks.CSVLogger(str(log)),
            keras.callbacks.ModelCheckpoint(
                str(best),
                "val_AR50",
                mode="max",
                save_best_only=True,
                save_weights_only=True,
            ),
        ],
    )
    assert len(history["val_AP"]) == 4
    rows = list(csv.DictReader(log.read_text().splitlines()))
    assert [row["val_AP"] == "NA" for row in rows] == [
        False, False, True, False, False
    ]  # fmt: skip
    assert [float(row["val_AR50"]) for row in rows if row["epoch"] != "2"] == (
        pytest.approx(history["val_AR50"])
    )
    assert best.is_file()


def test_a_model_gone_wrong_still_logs_finite_numbers(poses):
    class Broken(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.place.assign(np.full((K, 3), np.nan))

    with (
        pytest.warns(UserWarning, match="non-finite"),
        pytest.warns(UserWarning, match="no poses to evaluate"),
    ):
        _, history = fit(poses, [Broken(), EvaluateAP(poses, 64, 2)], epochs=1)
    assert history["val_AP"] == history["val_progress"] == [0.0]
    assert all(
        np.isfinite(history[f"val_{name}"]) for name in (*AP_NAMES, *BESIDE_AP)
    )


def test_annotations_are_checked_before_training(coco_directory, tmp_path):
    (tmp_path / "val2017").symlink_to(coco_directory / "val2017")
    (tmp_path / "annotations").mkdir()
    name = "annotations/person_keypoints_val2017.json"
    text = (coco_directory / name).read_text()
    (tmp_path / name).write_text(
        text.replace('"num_keypoints": 17', '"num_keypoints": null')
    )
    with pytest.raises(InputError, match="num_keypoints: expected a number"):
        EvaluateAP(read_coco(tmp_path, "val"), 64, 2)
