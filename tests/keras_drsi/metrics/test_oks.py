"""OKS equals pycocotools', and the metric averages the best poses."""

import json

import keras
import numpy as np
import pytest
from keras import ops
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.metrics.oks import OKS, coco_oks
from tests.shared_data import shared_data

K = len(COCO_PERSON)
ROWS = 40


def pycocotools_oks(persons, poses):
    """`computeOks` of one image; persons and poses are COCO annotations."""
    evaluation = COCOeval(iouType="keypoints")
    evaluation._gts[0, 0] = persons
    evaluation._dts[0, 0] = poses
    return evaluation.computeOks(0, 0)


def our_oks(persons, poses):
    boxes = np.array([person["bbox"] for person in persons], "float32")
    boxes[:, 2:] += boxes[:, :2]
    areas = np.array([person["area"] for person in persons], "float32")
    arrays = (keypoints_of(persons), boxes, areas, keypoints_of(poses))
    # One shape for all images: JAX compiles for each.
    padded = [
        np.pad(array, [(0, ROWS - len(array))] + [(0, 0)] * (array.ndim - 1))
        for array in arrays
    ]
    oks = coco_oks(
        *map(ops.convert_to_tensor, padded), sigmas=COCO_PERSON.sigmas
    )
    assert tuple(oks.shape) == (ROWS, ROWS)
    return ops.convert_to_numpy(oks)[: len(poses), : len(persons)]


def keypoints_of(annotations):
    return np.array(
        [np.reshape(a["keypoints"], (K, 3)) for a in annotations], "float32"
    )


def random_persons(rng, count, labelled):
    persons = []
    for _ in range(count):
        size = rng.uniform(1, 300, 2)
        corner = rng.uniform(0, 300, 2)
        visibility = rng.integers(0, 3, K) if labelled else np.zeros(K)
        if labelled:
            visibility[rng.integers(K)] = 2
        xy = corner + rng.uniform(0, 1, (K, 2)) * size
        # Whole and half pixels are exact in float32: what differs is the
        # arithmetic, not the input.
        xy = np.round(2 * xy) / 2
        persons.append(
            {
                "bbox": np.round(np.concatenate([corner, size])).tolist(),
                "area": float(np.round(size.prod() * rng.uniform(0.3, 0.8))),
                "keypoints": np.column_stack([xy, visibility]).ravel(),
                "score": rng.uniform(),
            }
        )
    return persons


def by_score(poses):
    return sorted(poses, key=lambda pose: -pose["score"])


@pytest.mark.parametrize("labelled", [True, False])
def test_equals_pycocotools_on_random_persons(labelled):
    rng = np.random.default_rng(3)
    persons = random_persons(rng, 40, labelled)
    poses = by_score(random_persons(rng, 10, True))
    for person in persons[:10]:  # close ones as well
        near = person["keypoints"] + 0.5 * rng.integers(-8, 8, 3 * K)
        poses.append({"keypoints": near, "score": -1.0})
    poses = poses[:20]
    expected = pycocotools_oks(persons, poses)
    assert ((expected > 0.1) & (expected < 0.9)).sum() >= 5
    np.testing.assert_allclose(our_oks(persons, poses), expected, atol=1e-6)


@pytest.mark.parametrize("area", [0.0, 1.0])
def test_person_of_no_area_equals_pycocotools(area):
    person = random_persons(np.random.default_rng(0), 1, True)[0]
    person["area"] = area
    far = {**person, "keypoints": person["keypoints"] + 8.0}
    expected = pycocotools_oks([person], [person, far])
    np.testing.assert_allclose(
        our_oks([person], [person, far]), expected, atol=1e-6
    )


def test_equals_pycocotools_on_coco_results(coco_results):
    truth = json.loads((coco_results / "gt.json").read_text())
    poses = json.loads((coco_results / "dt.json").read_text())
    compared = 0
    for image in truth["images"]:
        persons = [
            a for a in truth["annotations"] if a["image_id"] == image["id"]
        ]
        found = by_score([p for p in poses if p["image_id"] == image["id"]])
        if not persons or not found:
            continue
        for annotation in persons + found:
            # Sixteenths of a pixel are exact in float32, also when box
            # corners are computed from them.
            for field in ("keypoints", "bbox", "area"):
                if field in annotation:
                    sixteenths = 16 * np.asarray(annotation[field])
                    annotation[field] = np.round(sixteenths) / 16
        np.testing.assert_allclose(
            our_oks(persons, found),
            pycocotools_oks(persons, found),
            atol=1e-6,
        )
        compared += len(persons) * len(found)
    assert compared >= 200


def test_equals_pycocotools_on_coco_photos():
    path = shared_data("coco_dev") / "annotations"
    path /= "person_keypoints_val2017.json"
    rng = np.random.default_rng(1)
    coco = COCO(path)
    for image_id in coco.getImgIds():
        persons = [
            {
                **person,
                "bbox": np.round(person["bbox"]).tolist(),
                "area": float(round(person["area"])),
                "score": 1.0,
            }
            for person in coco.loadAnns(coco.getAnnIds(image_id))
        ][:20]
        poses = [
            {
                **person,
                "keypoints": np.asarray(person["keypoints"])
                + rng.integers(-5, 6, 3 * K),
            }
            for person in persons
        ]
        if persons:
            np.testing.assert_allclose(
                our_oks(persons, poses),
                pycocotools_oks(persons, poses),
                atol=1e-6,
            )


def test_images_of_a_batch_do_not_mix():
    rng = np.random.default_rng(5)
    shapes = ((2, 4, K, 3), (2, 4, 4), (2, 4), (2, 6, K, 3))
    arrays = [rng.uniform(1, 50, shape).astype("float32") for shape in shapes]
    oks, swapped = (
        ops.convert_to_numpy(
            coco_oks(
                *(ops.convert_to_tensor(array[order]) for array in arrays),
                sigmas=COCO_PERSON.sigmas,
            )
        )
        for order in ([0, 1], [1, 0])
    )
    assert oks.shape == (2, 6, 4)
    assert np.abs(oks[0] - oks[1]).max() > 0.01
    np.testing.assert_allclose(swapped, oks[::-1], atol=1e-6)


ARROW = KeypointSchema(names=("tip", "tail"), sigmas=(0.05, 0.1))


def arrow_batch():
    """Two images: two labelled arrows and an unlabelled one; none."""
    keypoints = np.zeros((2, 4, 2, 3), "float32")
    keypoints[0, 0] = [[10, 10, 2], [20, 20, 1]]
    keypoints[0, 1] = [[50, 50, 2], [0, 0, 0]]
    boxes = np.zeros((2, 4, 4), "float32")
    boxes[0, :3] = [[8, 8, 22, 22], [40, 40, 60, 60], [0, 0, 9, 9]]
    return {
        "keypoints": keypoints,
        "boxes": boxes,
        "areas": np.where(boxes[..., 2] > 0, 100, 0).astype("float32"),
        "count": np.array([3, 0], "int32"),
    }


def arrow_poses(targets, shift=0.0):
    keypoints = targets["keypoints"].copy()
    keypoints[..., 0] += shift
    return {"keypoints": keypoints, "count": targets["count"]}


def test_metric_of_the_truth_is_one():
    targets = arrow_batch()
    metric = OKS(ARROW)
    metric.update_state(targets, arrow_poses(targets))
    assert float(metric.result()) == pytest.approx(1.0)


def test_metric_is_the_mean_over_labelled_persons():
    targets = arrow_batch()
    poses = arrow_poses(targets, shift=2.0)
    poses["count"] = np.array([1, 0], "int32")  # the second person is missed
    metric = OKS(ARROW)
    metric.update_state(targets, poses)
    tip, tail = np.exp(-4 / (2 * 100 * (2 * np.array(ARROW.sigmas)) ** 2))
    assert float(metric.result()) == pytest.approx((tip + tail) / 4, rel=1e-5)


def test_metric_without_persons_or_poses_is_zero():
    targets = arrow_batch()
    nothing = {**arrow_poses(targets), "count": np.zeros(2, "int32")}
    metric = OKS(ARROW)
    assert float(metric.result()) == 0.0
    metric.update_state(targets, nothing)
    assert float(metric.result()) == 0.0


def test_metric_weighs_images():
    targets = arrow_batch()
    metric = OKS(ARROW)
    metric.update_state(targets, arrow_poses(targets), sample_weight=[0, 1])
    assert float(metric.result()) == 0.0
    assert float(metric.persons) == 0.0


def test_metric_accumulates_and_resets():
    targets = arrow_batch()
    metric = OKS(ARROW)
    metric.update_state(targets, arrow_poses(targets))
    metric.update_state(targets, arrow_poses(targets, shift=1000.0))
    assert float(metric.result()) == pytest.approx(0.5)
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_metric_updates_inside_a_compiled_evaluate():
    """As `compute_metrics` of a model would, traced by each backend."""

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.oks = OKS(ARROW)

        def call(self, x):
            return x

        def compute_loss(self, x, y, y_pred, sample_weight, training):
            return ops.mean(y_pred)

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            shape = ops.shape(y["keypoints"])
            poses = {
                "keypoints": y["keypoints"] + ops.zeros(shape),
                "count": y["count"],
            }
            self.oks.update_state(y, poses)
            return {"oks": self.oks.result()}

    model = Model()
    model.compile()
    images = np.zeros((2, 4), "float32")
    logs = model.evaluate(images, arrow_batch(), verbose=0, return_dict=True)
    assert logs["oks"] == pytest.approx(1.0)


def test_metric_says_what_targets_it_needs():
    targets = arrow_batch()
    with pytest.raises(InputError, match="the 17 keypoints.*got 2. Pass"):
        OKS().update_state(targets, arrow_poses(targets))
    del targets["areas"]
    with pytest.raises(InputError, match="areas and count, got boxes, count"):
        OKS(ARROW).update_state(targets, arrow_poses(targets))


def test_metric_round_trip():
    metric = OKS(ARROW, name="arrow_oks", dtype="float32")
    config = keras.saving.serialize_keras_object(metric)
    json.dumps(config)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == metric.get_config()
    assert again.schema == ARROW
    assert again.name == "arrow_oks"
