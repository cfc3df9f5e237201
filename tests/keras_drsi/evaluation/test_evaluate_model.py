"""evaluate_model: the numbers of models that know the truth."""

import numpy as np
import pytest

from benchmarks.data import repeated
from benchmarks.process_memory import resident_mib
from keras_drsi.data.coco import read_coco
from keras_drsi.data.pipeline import evaluation_batches
from keras_drsi.evaluation.evaluate_model import (
    evaluate_model,
    predict_results,
)
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.metrics.coco_keypoint_ap import AP_NAMES
from keras_drsi.metrics.coco_results import POSES_PER_IMAGE
from tests.shared_data import shared_data

K = len(COCO_PERSON)


class Oracle:
    """Answers every batch with the truth, letterboxed as the picture is."""

    def __init__(self, poses, input_size, batch_size):
        batches = evaluation_batches(poses, input_size, batch_size)
        self.targets = iter([targets for _, targets in batches])

    def predict_on_batch(self, images):
        targets = {k: v.numpy() for k, v in next(self.targets).items()}
        assert images.shape[0] == len(targets["count"])
        return {**targets, "scores": np.ones(targets["boxes"].shape[:2])}


@pytest.mark.parametrize("batch_size", [1, 3])
def test_the_truth_given_as_prediction_is_one(coco_directory, batch_size):
    """Through letterbox and back; the last batch is not full."""
    poses = read_coco(coco_directory, "val")
    oracle = Oracle(poses, (64, 128), batch_size)
    metrics, results = evaluate_model(oracle, poses, (64, 128), batch_size)
    assert len(results) == poses.persons_count
    assert metrics["AP"] == metrics["AR"] == 1.0


class Crowd:
    """Finds as many people in every picture as COCO's comparison takes."""

    def __init__(self, data_format, on_batch):
        self.data_format = data_format
        self.on_batch = on_batch

    def predict_on_batch(self, images):
        self.on_batch(images)
        shape = len(images), POSES_PER_IMAGE
        return {
            "boxes": np.zeros((*shape, 4)),
            "scores": np.zeros(shape),
            "keypoints": np.zeros((*shape, K, 3)),
            "count": np.full(len(images), POSES_PER_IMAGE),
        }


def test_a_model_gets_the_layout_it_takes(coco_directory):
    shapes = set()
    model = Crowd("channels_first", lambda images: shapes.add(images.shape))
    evaluate_model(model, read_coco(coco_directory, "val"), (64, 128), 2)
    assert shapes == {(2, 3, 64, 128)}


def test_memory_is_that_of_the_poses(coco_directory):
    """Pictures that were kept would take 1.2 MiB each, poses 0.05."""
    poses = repeated(read_coco(coco_directory, "val"), 400)
    mib = []
    model = Crowd("channels_last", lambda images: mib.append(resident_mib()))
    results = predict_results(model, poses, 640, 8)
    assert len(results) == 400 * POSES_PER_IMAGE
    growth = (mib[-1] - mib[9]) / (400 - 80)  # what is read ahead is there
    assert growth < 0.3


def test_the_truth_of_photos_is_one():
    poses = read_coco(shared_data("coco_dev"), "val")
    metrics, results = evaluate_model(Oracle(poses, 320, 8), poses, 320, 8)
    assert len(results) == poses.persons_count
    assert metrics == dict.fromkeys(AP_NAMES, 1.0)


def test_who_is_not_held_out_is_not_missed(train_alone):
    poses = read_coco(train_alone, "val", hold_out=2)
    metrics, _ = evaluate_model(Oracle(poses, 64, 1), poses, 64, 1)
    assert metrics["AP"] == 1.0
