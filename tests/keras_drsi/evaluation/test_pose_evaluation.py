"""The figures beside AP, against truths that are known."""

import inspect

import numpy as np
import pytest

from keras_drsi.evaluation.pose_evaluation import GHOST_SCORE, PoseEvaluation
from keras_drsi.inference.pose_predictor import PosePredictor
from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.keypoints.mean_pose import mean_offsets, pose_in_boxes

K = len(COCO_PERSON)
CATEGORY = {"id": 1, "keypoints": list(COCO_PERSON.names)}


def person(number, image_id, rng, **fields):
    corner, size = rng.uniform(0, 80, 2), rng.uniform(30, 90, 2)
    points = corner + size * rng.random((K, 2))
    return {
        "id": number,
        "image_id": image_id,
        "category_id": 1,
        "bbox": [*corner, *size],
        "area": 0.6 * size.prod(),
        "iscrowd": 0,
        "num_keypoints": K,
        "keypoints": np.c_[points, np.full(K, 2)].ravel().tolist(),
        **fields,
    }


def ground_truth(persons, images=6):
    return {
        "images": [{"id": image_id} for image_id in range(images)],
        "annotations": persons,
        "categories": [CATEGORY],
    }


def result(person, score=0.9, **fields):
    kept = ("image_id", "category_id", "bbox", "keypoints")
    return {**{n: person[n] for n in kept}, "score": score, **fields}


@pytest.fixture(scope="module")
def persons():
    """One in each of five images; nobody in the sixth."""
    rng = np.random.default_rng(3)
    return [person(number, number, rng) for number in range(5)]


@pytest.fixture(scope="module")
def evaluation(persons):
    return PoseEvaluation(ground_truth(persons), COCO_PERSON)


def with_mean_pose(persons):
    boxes = np.array([p["bbox"] for p in persons])
    boxes[:, 2:] += boxes[:, :2]
    keypoints = np.reshape([p["keypoints"] for p in persons], (-1, K, 3))
    poses = pose_in_boxes(mean_offsets(boxes, keypoints), boxes)
    keypoints = np.concatenate([poses, keypoints[..., 2:]], axis=-1)
    return [
        {**p, "keypoints": pose.ravel().tolist()}
        for p, pose in zip(persons, keypoints)
    ]


def test_the_truth_is_perfect(evaluation, persons):
    figures = evaluation.evaluate([result(p) for p in persons])
    ones = (
        "AP", "box_AP", "box_AP50", "matched_persons", "matched_OKS",
        "matched_PCK",
    )  # fmt: skip
    for name in ones:
        assert figures[name] == pytest.approx(1.0), name
    assert figures["pose_skill"] == 1 - figures["mean_pose_AP"]
    assert figures["mean_pose_AP"] < 0.9
    assert figures["matched_OKS_mean_pose"] < 0.9
    for shares in figures["keypoints"].values():
        assert shares["matched_PCK"] == 1.0 > shares["matched_PCK_mean_pose"]
    assert figures["ghosts"] == 0.0


def test_the_mean_pose_has_no_skill(evaluation, persons):
    figures = evaluation.evaluate([result(p) for p in with_mean_pose(persons)])
    assert figures["pose_skill"] == pytest.approx(0.0, abs=1e-9)
    assert figures["box_AP"] == pytest.approx(1.0)
    for name in ("matched_OKS", "matched_PCK"):
        assert figures[name] == pytest.approx(figures[f"{name}_mean_pose"])


def test_of_two_equal_crowds_the_still_one_shows_no_skill():
    """Where everybody stands alike, AP is 1 and says nothing."""
    first = person(1, 0, np.random.default_rng(0))
    persons = [{**first, "id": n, "image_id": n} for n in range(4)]
    evaluation = PoseEvaluation(ground_truth(persons), COCO_PERSON)
    figures = evaluation.evaluate([result(p) for p in persons])
    assert figures["AP"] == pytest.approx(1.0)
    assert figures["pose_skill"] == pytest.approx(0.0)


def test_no_predictions_give_finite_figures(evaluation):
    with pytest.warns(UserWarning, match="no poses"):
        figures = evaluation.evaluate([])
    keypoints = figures.pop("keypoints")
    values = [*figures.values()]
    values += [v for shares in keypoints.values() for v in shares.values()]
    assert np.isfinite(values).all()
    assert figures["box_AP"] == figures["matched_persons"] == 0.0


def test_predictions_in_wrong_places_match_nobody(evaluation, persons):
    far = [
        result(p, bbox=[p["bbox"][0] + 500, *p["bbox"][1:]]) for p in persons
    ]
    figures = evaluation.evaluate(far)
    assert figures["matched_persons"] == figures["matched_OKS"] == 0.0
    assert figures["box_AP"] == 0.0
    # COCO's keypoint AP does not look at boxes.
    assert figures["AP"] == pytest.approx(1.0)


def test_ghosts_are_counted_for_each_hundred_empty_images(persons):
    crowd = {"bbox": [0, 0, 9, 9], "area": 9, "iscrowd": 1}
    truth = ground_truth(
        [
            *persons,
            {"id": 5, "image_id": 5, "category_id": 1, **crowd},
        ],
        images=10,
    )
    evaluation = PoseEvaluation(truth, COCO_PERSON)
    found = [result(p) for p in persons]
    scores = {6: (0.9, GHOST_SCORE), 7: (0.8,), 8: (GHOST_SCORE - 0.01,)}
    for image_id, values in {5: (0.9,), **scores}.items():
        found += [result(persons[0], v, image_id=image_id) for v in values]
    # Three in the four images in which not even a crowd is annotated.
    assert evaluation.evaluate(found)["ghosts"] == 75.0
    everywhere = PoseEvaluation(ground_truth(persons, images=5), COCO_PERSON)
    assert everywhere.evaluate(found[:5])["ghosts"] == -1.0


def test_ghosts_are_what_would_be_drawn():
    parameters = inspect.signature(PosePredictor).parameters
    assert GHOST_SCORE == parameters["score_threshold"].default


@pytest.mark.parametrize(
    "ignored",
    [
        {"num_keypoints": 0, "keypoints": [0] * 3 * K},
        {"iscrowd": 1},
    ],
)
def test_who_is_ignored_counts_nowhere(ignored, persons):
    rng = np.random.default_rng(9)
    other = {**person(99, 0, rng), "bbox": [300, 300, 50, 70], **ignored}
    truth = ground_truth([*persons, other])
    evaluation = PoseEvaluation(truth, COCO_PERSON)
    found = [result(p) for p in persons]
    alone = evaluation.evaluate(found)
    assert alone["box_AP"] == alone["matched_persons"] == pytest.approx(1.0)
    # Found or not: neither a hit nor a miss.
    best = result(other, 1.0, keypoints=persons[1]["keypoints"])
    assert evaluation.evaluate([*found, best])["box_AP"] == pytest.approx(1.0)
    # The same prediction where nobody is costs precision.
    ghost = {**best, "bbox": [500, 500, 50, 70]}
    assert evaluation.evaluate([*found, ghost])["box_AP"] < 0.99


def test_results_without_boxes_have_the_extent_of_their_keypoints(persons):
    evaluation = PoseEvaluation(ground_truth(persons), COCO_PERSON)
    found, given = [], []
    for p in persons:
        entry = result(p)
        points = np.reshape(entry["keypoints"], (K, 3))[:, :2]
        low, high = points.min(axis=0), points.max(axis=0)
        given.append({**entry, "bbox": [*low, *(high - low)]})
        del entry["bbox"]
        found.append(entry)
    assert evaluation.evaluate(found) == evaluation.evaluate(given)
