"""The ten numbers: exact on COCO's own results, right on known cases."""

import copy
import json
import random

import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.metrics.coco_keypoint_ap import AP_NAMES, CocoKeypointAP

ARROW = KeypointSchema(
    names=("tip", "left", "right"), sigmas=(0.05, 0.08, 0.08)
)
SIDES = {"small": 20, "medium": 60, "large": 200}


def arrows(sizes=("medium", "large"), images=3):
    """A ground truth of one arrow of each size in each image."""
    annotations = []
    for image_id in range(images):
        for number, size in enumerate(sizes):
            side = SIDES[size]
            x, y = 300 * number, 10 * image_id
            points = [x, y, 2, x + side, y, 1, x + side, y + side, 2]
            annotations.append(
                {
                    "id": len(annotations),  # pycocotools stumbles over 0
                    "image_id": image_id,
                    "category_id": 7,
                    "bbox": [x, y, side, side],
                    "area": side * side,
                    "iscrowd": 0,
                    "num_keypoints": 3,
                    "keypoints": points,
                }
            )
    return {
        "images": [{"id": image_id} for image_id in range(images)],
        "annotations": annotations,
        "categories": [
            {"id": 7, "name": "arrow", "keypoints": list(ARROW.names)}
        ],
    }


def as_results(truth, score=0.9):
    return [
        {
            "image_id": entry["image_id"],
            "category_id": entry["category_id"],
            "keypoints": entry["keypoints"],
            "bbox": entry["bbox"],
            "score": score - 0.01 * number,
        }
        for number, entry in enumerate(truth["annotations"])
        if entry.get("num_keypoints")
    ]


def evaluate(truth, results, schema=ARROW):
    return CocoKeypointAP(truth, schema).evaluate(results)


def test_truth_as_prediction_is_one():
    truth = arrows()
    metrics = evaluate(truth, as_results(truth))
    assert tuple(metrics) == AP_NAMES
    assert metrics == dict.fromkeys(AP_NAMES, 1.0)


def test_order_of_images_and_results_does_not_matter():
    truth = arrows(images=5)
    results = as_results(truth)[:-2]
    results[3]["keypoints"] = [value + 9 for value in results[3]["keypoints"]]
    expected = evaluate(truth, results)
    assert 0 < expected["AP"] < 1
    shuffle = random.Random(1).shuffle
    shuffle(truth["images"])
    shuffle(truth["annotations"])
    shuffle(results)
    assert evaluate(truth, results) == expected


def test_renumbered_images_do_not_matter():
    truth = arrows()
    results = as_results(truth)[1:]
    expected = evaluate(truth, results)
    renumber = {0: 512, 1: 3, 2: 77}
    for image in truth["images"]:
        image["id"] = renumber[image["id"]]
    for entry in truth["annotations"] + results:
        entry["image_id"] = renumber[entry["image_id"]]
    assert evaluate(truth, results) == expected


def test_duplicates_lower_precision_not_recall():
    truth = arrows()
    results = as_results(truth)
    twice = [dict(r, score=r["score"] + 0.001) for r in results]
    metrics = evaluate(truth, results + twice)
    assert metrics["AR"] == 1.0
    assert metrics["AP"] < 0.9


def test_crowds_and_unlabelled_objects_are_neither_hit_nor_miss():
    truth = arrows()
    for field, value in (("iscrowd", 1), ("num_keypoints", 0)):
        ignored = copy.deepcopy(truth["annotations"][0])
        ignored.update(
            {"id": 90 + value, "bbox": [500, 500, 90, 90], field: value}
        )
        ignored["keypoints"] = [0] * (3 * len(ARROW))
        truth["annotations"].append(ignored)
    results = as_results(arrows())
    inside = dict(results[0], keypoints=[540, 540, 1] * len(ARROW), score=1)
    assert evaluate(truth, results + [inside])["AP"] == 1.0


def test_absent_sizes_are_minus_one_as_in_pycocotools():
    truth = arrows(sizes=("small", "medium"))
    metrics = evaluate(truth, as_results(truth))
    assert metrics["AP"] == metrics["AP_M"] == 1.0
    assert metrics["AP_L"] == metrics["AR_L"] == -1.0


def test_no_predictions_are_zero_with_a_warning():
    with pytest.warns(UserWarning, match="no poses"):
        metrics = evaluate(arrows(), [])
    assert metrics == dict.fromkeys(AP_NAMES, 0.0)


def test_sigmas_of_the_schema_are_used():
    truth = arrows()
    results = as_results(truth)
    for result in results:
        result["keypoints"] = [value + 5 for value in result["keypoints"]]
    loose = KeypointSchema(ARROW.names, (0.5,) * len(ARROW))
    assert evaluate(truth, results, loose)["AP"] == 1.0
    assert evaluate(truth, results, ARROW)["AP"] < 0.9


def test_nothing_given_is_changed_and_nothing_printed(capsys):
    truth, results = arrows(), as_results(arrows())
    before = copy.deepcopy((truth, results))
    metric = CocoKeypointAP(truth, ARROW)
    assert metric.evaluate(results) == metric.evaluate(results)
    assert (truth, results) == before
    assert capsys.readouterr().out == ""


def test_chosen_images_and_annotations():
    truth = arrows()
    everything = as_results(truth)
    chosen = CocoKeypointAP(truth, ARROW, image_ids=[2], annotation_ids=[4])
    assert chosen.evaluate([everything[4]])["AR"] == 1.0
    with pytest.raises(InputError, match="image_id"):
        chosen.evaluate(everything)
    with pytest.raises(
        InputError, match="images: expected an entry with id 12"
    ):
        CocoKeypointAP(truth, ARROW, image_ids=[2, 12])


def test_equals_the_published_numbers(coco_results):
    metric = CocoKeypointAP(coco_results / "gt.json", COCO_PERSON)
    metrics = metric.evaluate(str(coco_results / "dt.json"))
    expected = json.loads((coco_results / "expected.json").read_text())
    assert metrics == pytest.approx(expected["computed"], rel=0, abs=1e-9)


def test_coco_truth_as_prediction_is_one(coco_results):
    truth = json.loads((coco_results / "gt.json").read_text())
    metrics = evaluate(truth, as_results(truth), COCO_PERSON)
    assert metrics == dict.fromkeys(AP_NAMES, 1.0)


BAD_TRUTH = {
    "missing area": ({"area": None}, "area: expected a number, got None"),
    "negative area": ({"area": -1}, "area: expected >= 0, got -1"),
    "text as area": ({"area": "12"}, "area: expected a number, got '12'"),
    "missing count": ({"num_keypoints": None}, "num_keypoints: expected"),
    "wrong length": ({"keypoints": [1] * 8}, "keypoints: expected 9 numbers"),
    "NaN": ({"keypoints": [np.nan] * 9}, "keypoints: expected finite"),
    "ragged": ({"keypoints": [[1], [2, 3]]}, "keypoints: expected 9"),
    "box": ({"bbox": [1, 2, 3]}, "bbox: expected 4 numbers, got \\[1, 2, 3"),
    "image": ({"image_id": [1]}, "image_id: expected an id, got \\[1\\]"),
}


@pytest.mark.parametrize("case", BAD_TRUTH)
def test_bad_annotation_is_named(case, tmp_path):
    change, message = BAD_TRUTH[case]
    truth = arrows()
    truth["annotations"][4].update(change)
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth))
    with pytest.raises(
        InputError, match=f"truth.json: annotation 4: {message}"
    ):
        CocoKeypointAP(path, ARROW)


def test_what_a_file_may_leave_out():
    """A count of labelled keypoints, and keypoints of a crowd."""
    truth = arrows()
    truth["annotations"][4]["iscrowd"] = 1
    expected = evaluate(truth, as_results(truth), ARROW)
    results = as_results(truth)
    for entry in truth["annotations"]:
        del entry["num_keypoints"]
    del truth["annotations"][4]["keypoints"]
    assert evaluate(truth, results, ARROW) == expected


@pytest.mark.parametrize("field", ["images", "annotations", "categories"])
def test_missing_list_is_named(field):
    truth = arrows()
    del truth[field]
    with pytest.raises(InputError, match=f"{field}: expected a list"):
        CocoKeypointAP(truth, ARROW)


def test_truth_without_labelled_objects_is_refused():
    truth = arrows()
    for entry in truth["annotations"]:
        entry["num_keypoints"] = 0
    with pytest.raises(InputError, match="nothing to evaluate"):
        CocoKeypointAP(truth, ARROW)


def test_other_keypoint_names_are_refused():
    schema = KeypointSchema(("a", "b", "c"), ARROW.sigmas)
    with pytest.raises(InputError, match="category 7.*tip.*"):
        CocoKeypointAP(arrows(), schema)


def test_two_categories_with_keypoints_are_refused():
    truth = arrows()
    truth["categories"].append({"id": 8, "name": "bow", "keypoints": ["a"]})
    with pytest.raises(InputError, match="one category.*arrow.*bow"):
        CocoKeypointAP(truth, ARROW)


BAD_RESULT = {
    "unknown image": ({"image_id": 99}, "image_id: expected .* got 99"),
    "list as image": ({"image_id": [0]}, "image_id: expected .* got \\[0\\]"),
    "category": ({"category_id": 1}, "category_id: expected 7, got 1"),
    "count": ({"keypoints": [1.0] * 6}, "keypoints: expected 9 numbers"),
    "NaN": ({"keypoints": [np.nan] * 9}, "keypoints: expected finite"),
    "no score": ({"score": None}, "score: expected a number, got None"),
    "infinite score": ({"score": np.inf}, "score: expected finite .* inf"),
    "no box": ({"bbox": None}, "bbox: expected 4 numbers, got None"),
}


@pytest.mark.parametrize("case", BAD_RESULT)
def test_bad_result_is_named(case, tmp_path):
    change, message = BAD_RESULT[case]
    results = as_results(arrows())
    results[1].update(change)
    path = tmp_path / "found.json"
    path.write_text(json.dumps(results))
    with pytest.raises(InputError, match=f"found.json: entry 1: {message}"):
        evaluate(arrows(), path)


@pytest.mark.parametrize("content", ["{}", "[3]", "nonsense", ""])
def test_bad_results_file_is_named(content, tmp_path):
    path = tmp_path / "found.json"
    path.write_text(content)
    with pytest.raises(InputError, match="found.json"):
        evaluate(arrows(), path)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match="truth.json: expected a readable"):
        CocoKeypointAP(tmp_path / "truth.json", ARROW)
    with pytest.raises(InputError, match="found.json: expected a readable"):
        evaluate(arrows(), tmp_path / "found.json")
