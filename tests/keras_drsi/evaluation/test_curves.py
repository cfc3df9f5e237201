"""Learning curves come from the log that fit wrote."""

import math

import cv2
import keras
import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.evaluation.curves import draw_curves, read_log

LOG = """epoch,loss,box_loss,val_AP,val_AP50,val_AP_L,val_matched_OKS
0,8.0,0.5,0.0,0.1,-1.0,0.2
1,4.0,0.25,NA,NA,NA,NA
2,2.0,0.125,0.5,0.9,-1.0,0.6
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    return path


def test_log_is_read_as_numbers(log):
    columns = read_log(log)
    assert columns["epoch"] == [0, 1, 2]
    assert columns["loss"] == [8, 4, 2]
    assert columns["val_AP"][::2] == [0, 0.5]
    assert math.isnan(columns["val_AP"][1])


def test_log_of_keras_is_read(tmp_path):
    path = tmp_path / "log.csv"
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(
        np.ones((4, 2)),
        np.ones((4, 1)),
        epochs=3,
        verbose=0,
        callbacks=[keras.callbacks.CSVLogger(str(path))],
    ).history
    assert read_log(path)["loss"] == pytest.approx(history["loss"])


def ink(picture):
    """Pixels of the three panels that are not grey: the coloured curves."""
    pixels = cv2.imread(str(picture)).astype(int)
    coloured = np.ptp(pixels, axis=-1) > 40
    panels = np.array_split(coloured, 3, axis=1)
    return tuple(int(panel.sum()) for panel in panels)


def test_picture_holds_the_curves(log, tmp_path):
    picture = tmp_path / "curves.png"
    draw_curves(log, picture)
    assert min(ink(picture)) > 300


def test_curves_without_scores_or_with_one_epoch(tmp_path):
    log, picture = tmp_path / "log.csv", tmp_path / "curves.png"
    log.write_text("epoch,loss,box_loss\n0,0.0,nan\n")
    draw_curves(log, picture)
    assert picture.stat().st_size > 0
    assert ink(picture) == (0, 0, 0)


@pytest.mark.parametrize("text", ["", "epoch,loss\n", "loss\n3\n"])
def test_bad_log_is_named(text, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="log.csv: expected a CSV log"):
        draw_curves(path, tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()


def test_missing_log_is_named(tmp_path):
    with pytest.raises(InputError, match="log.csv: expected a CSV log"):
        read_log(tmp_path / "log.csv")
