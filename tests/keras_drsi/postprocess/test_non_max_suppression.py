import functools

import numpy as np
import pytest

from keras_drsi.postprocess.non_max_suppression import non_max_suppression
from tests.backend import compiled

THRESHOLD = 0.5


@functools.cache
def suppressor(uses_xla=False, **arguments):
    arguments = {"iou_threshold": THRESHOLD, **arguments}
    return compiled(
        lambda candidates: non_max_suppression(candidates, **arguments),
        uses_xla,
    )


def random_candidates(seed, images, count):
    """Boxes in clusters, so that many overlap; scores without ties."""
    rng = np.random.default_rng(seed)
    clusters = rng.uniform(0, 300, (images, max(count // 8, 1), 2))
    members = rng.integers(0, clusters.shape[1], (images, count, 1))
    center = np.take_along_axis(clusters, members, axis=1)
    center = center + rng.normal(0, 12, center.shape)
    half = rng.uniform(20, 50, (images, count, 2))
    ranks = np.argsort(rng.random((images, count)), axis=1)
    return {
        "boxes": np.concatenate([center - half, center + half], -1).astype("f"),
        "scores": ((ranks + 1) / (count + 1)).astype("float32"),
        "keypoints": rng.normal(size=(images, count, 3, 3)).astype("float32"),
    }


def chain(length):
    """Each box overlaps its neighbours alone; the scores fall along it."""
    left = 10.0 * np.arange(length)
    boxes = np.stack([left, 0 * left, left + 30, 0 * left + 10], axis=-1)
    return {
        "boxes": boxes[None].astype("float32"),
        "scores": np.linspace(0.9, 0.1, length, dtype="float32")[None],
        "keypoints": np.zeros((1, length, 1, 3), "float32"),
    }


def iou(box, boxes):
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=-1)
    area, areas = np.prod(box[2:] - box[:2]), boxes[:, 2:] - boxes[:, :2]
    return shared / (area + np.prod(areas, axis=-1) - shared)


def greedy(boxes, scores, score_threshold=0.001):
    """Indices of the kept boxes, one after the other."""
    kept = []
    for index in np.argsort(-scores):
        if scores[index] > score_threshold and not np.any(
            iou(boxes[index], boxes[kept]) > THRESHOLD
        ):
            kept.append(index)
    return kept


def assert_greedy(candidates, poses, **arguments):
    for image, count in enumerate(poses["count"]):
        kept = greedy(
            candidates["boxes"][image], candidates["scores"][image], **arguments
        )
        assert count == len(kept)
        for name, values in candidates.items():
            np.testing.assert_array_equal(
                poses[name][image, :count], values[image, kept]
            )
            assert not np.any(poses[name][image, count:])


def test_equals_the_greedy_procedure_in_200_cases():
    candidates = random_candidates(0, images=200, count=60)
    poses = suppressor(score_threshold=0.2)(candidates)
    assert_greedy(candidates, poses, score_threshold=0.2)
    # The cases differ, and both outcomes are frequent.
    assert len(np.unique(poses["count"])) > 5
    assert 10 < poses["count"].mean() < 40


def test_equals_the_greedy_procedure_across_blocks():
    candidates = random_candidates(1, images=2, count=700)
    poses = suppressor(uses_xla=True, max_poses=400)(candidates)
    assert_greedy(candidates, poses)


def test_kept_boxes_overlap_no_more_than_the_threshold():
    poses = suppressor()(random_candidates(2, images=4, count=60))
    for boxes, count in zip(poses["boxes"], poses["count"]):
        for index in range(count):
            others = np.delete(boxes[:count], index, axis=0)
            assert np.all(iou(boxes[index], others) <= THRESHOLD + 1e-6)


def test_a_second_time_changes_nothing():
    suppress = suppressor()
    once = suppress(random_candidates(3, images=4, count=60))
    count = once.pop("count")
    twice = suppress(once)
    np.testing.assert_array_equal(count, twice.pop("count"))
    for name in once:
        np.testing.assert_array_equal(once[name], twice[name])


@pytest.mark.parametrize("length", [40, 600])
def test_chain_keeps_every_second_box(length):
    poses = suppressor(iou_threshold=0.4, max_poses=400)(chain(length))
    assert poses["count"][0] == length // 2
    np.testing.assert_array_equal(
        poses["boxes"][0, : length // 2], chain(length)["boxes"][0, ::2]
    )


def test_a_batch_equals_its_images_one_by_one():
    candidates = random_candidates(4, images=3, count=60)
    suppress = suppressor()
    together = suppress(candidates)
    for image in range(3):
        row = slice(image, image + 1)
        alone = suppress({name: v[row] for name, v in candidates.items()})
        for name, values in alone.items():
            np.testing.assert_array_equal(together[name][row], values)


def test_only_the_best_poses_are_returned():
    candidates = random_candidates(5, images=4, count=60)
    everything = suppressor()(candidates)
    best = suppressor(max_poses=5)(candidates)
    np.testing.assert_array_equal(best["count"], [5] * 4)
    for name in candidates:
        np.testing.assert_array_equal(best[name], everything[name][:, :5])


def test_only_the_best_candidates_take_part():
    candidates = random_candidates(6, images=4, count=60)
    best = np.argsort(-candidates["scores"])[:, :20]
    chosen = {
        name: np.stack([image[rows] for image, rows in zip(values, best)])
        for name, values in candidates.items()
    }
    assert_greedy(chosen, suppressor(max_candidates=20)(candidates))


def test_no_candidate_above_the_threshold():
    candidates = random_candidates(7, images=2, count=30)
    poses = suppressor(score_threshold=1.0, max_poses=7)(candidates)
    assert poses["boxes"].shape == (2, 7, 4)
    assert poses["count"].dtype == "int32"
    for values in poses.values():
        assert not np.any(values)


def test_fewer_candidates_than_poses():
    poses = suppressor(max_poses=50)(random_candidates(8, images=2, count=3))
    assert poses["boxes"].shape == (2, 50, 4)
    assert poses["scores"].shape == (2, 50)
    assert poses["keypoints"].shape == (2, 50, 3, 3)


def test_boxes_without_area_do_not_suppress_each_other():
    candidates = random_candidates(9, images=1, count=5)
    candidates["boxes"][:] = 7
    assert suppressor()(candidates)["count"][0] == 5
