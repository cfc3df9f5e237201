"""COCO's keypoint AP, and beside it what shows where it comes from."""

import numpy as np

from keras_drsi.evaluation.box_ap import BoxAP
from keras_drsi.evaluation.box_matching import match_boxes
from keras_drsi.evaluation.true_persons import TruePersons
from keras_drsi.keypoints.mean_pose import mean_offsets, pose_in_boxes
from keras_drsi.metrics.coco_keypoint_ap import CocoKeypointAP

# The threshold from which poses are drawn, see `PosePredictor`.
GHOST_SCORE = 0.3
# Of what the data does not have, as pycocotools has it.
ABSENT = -1.0


class PoseEvaluation:
    """Compares predicted poses with the ground truth, and with no look at all.

    AP alone does not tell whether a network follows limbs: where people stand
    still, the mean pose drawn into good boxes has a high AP; where they move,
    a network that is still learning has none for long. So every figure stands
    beside the one of the mean pose drawn into the same predicted boxes. The
    mean pose is that of the ground truth itself: no pose that knows nothing of
    the image fits it better, and none of the training data is needed.

    Persons that COCO's evaluation ignores count nowhere: crowds, and persons
    without a labelled keypoint. Results without `bbox` get the extent of
    their keypoints as boxes, as in pycocotools.

    Args:
        ground_truth: path of a COCO keypoint annotation file, or its content
            as a dict.
        schema: `KeypointSchema`.
        image_ids: ids of the images that take part; by default all.
        annotation_ids: ids of the annotations that take part; by default all.

    Attributes:
        category_id: id of the category in the annotation file.

    Raises:
        InputError: if the annotations are malformed or hold nothing to
            evaluate.
        ImportError: if pycocotools is not installed.

    Example:

    >>> from keras_drsi import COCO_PERSON
    >>> truth = "person_keypoints_val2017.json"
    >>> evaluation = PoseEvaluation(truth, COCO_PERSON)
    >>> figures = evaluation.evaluate("results.json")
    >>> figures["pose_skill"] == figures["AP"] - figures["mean_pose_AP"]
    True
    """

    def __init__(
        self, ground_truth, schema, image_ids=None, annotation_ids=None
    ):
        self.schema = schema
        self._keypoint_ap = CocoKeypointAP(
            ground_truth, schema, image_ids, annotation_ids
        )
        self.category_id = self._keypoint_ap.category_id
        dataset = self._keypoint_ap.dataset
        self._box_ap = BoxAP(dataset)
        self._persons, self._places = _counted_persons(dataset, schema)
        self._mean_offsets = mean_offsets(
            self._persons.boxes, self._persons.keypoints
        )
        annotated = {person["image_id"] for person in dataset["annotations"]}
        self._empty_images = set(self._keypoint_ap.image_ids) - annotated

    def evaluate(self, results):
        """Compares results with the ground truth.

        Args:
            results: path of a file in COCO's results format, or its content,
                see `CocoKeypointAP.evaluate`.

        Returns:
            dict of floats, always finite:

            - the ten of `CocoKeypointAP.evaluate`
            - `mean_pose_AP`: AP with the mean pose in each predicted box
            - `pose_skill`: `AP - mean_pose_AP`
            - `box_AP`, `box_AP50`: AP of the boxes
            - `matched_persons`: share of the persons that a prediction was
              matched to, at a box IoU of 0.5, best score first
            - `matched_OKS`, `matched_OKS_mean_pose`: mean OKS of the matched
              persons; 0.0 without any
            - `matched_PCK`, `matched_PCK_mean_pose`: share of their keypoints
              within 0.2 of the torso, see `TruePersons.pck`
            - `ghosts`: predictions of a score of 0.3 or more for each hundred
              images in which nobody is annotated; -1.0 without such images

            and `keypoints`, a dict from the name of each keypoint to a dict of
            its own `matched_PCK` and `matched_PCK_mean_pose`.

        Raises:
            InputError: with file, entry, field, expectation and value.
        """
        entries = _with_boxes(self._keypoint_ap.read(results))
        boxes, poses = _as_arrays(entries, len(self.schema))
        mean_poses = pose_in_boxes(self._mean_offsets, boxes)
        figures = self._keypoint_ap.compare(entries)
        mean_pose_ap = self._mean_pose_ap(entries, mean_poses)
        return {
            **figures,
            "mean_pose_AP": mean_pose_ap,
            "pose_skill": figures["AP"] - mean_pose_ap,
            **self._box_ap.evaluate(entries),
            **self._matched(entries, boxes, poses, mean_poses),
            "ghosts": self._ghosts(entries),
        }

    def _mean_pose_ap(self, entries, mean_poses):
        confident = np.ones((*mean_poses.shape[:2], 1))
        keypoints = np.concatenate([mean_poses, confident], axis=-1)
        drawn = [
            {**entry, "keypoints": pose.ravel().tolist()}
            for entry, pose in zip(entries, keypoints)
        ]
        return self._keypoint_ap.compare(drawn)["AP"]

    def _matched(self, entries, boxes, poses, mean_poses):
        predictions, places = self._matches(entries, boxes)
        persons = self._persons.take(places)
        figures = {
            "matched_persons": len(places) / max(len(self._persons.boxes), 1)
        }
        keypoints = {name: {} for name in self.schema.names}
        for drawn, suffix in ((poses, ""), (mean_poses, "_mean_pose")):
            overall, shares = persons.pck(drawn[predictions])
            figures[f"matched_OKS{suffix}"] = persons.mean_oks(
                drawn[predictions]
            )
            figures[f"matched_PCK{suffix}"] = overall
            for name, share in shares.items():
                keypoints[name][f"matched_PCK{suffix}"] = share
        return {**figures, "keypoints": keypoints}

    def _matches(self, entries, boxes):
        """Positions of the matched predictions, and of their persons."""
        scores = np.array([entry["score"] for entry in entries])
        by_image = {image_id: [] for image_id in self._places}
        for position in np.argsort(-scores, kind="stable"):
            image_id = entries[position]["image_id"]
            if image_id in by_image:
                by_image[image_id].append(position)
        pairs = [np.zeros((2, 0), int)]
        for image_id, positions in by_image.items():
            positions, places = np.array(positions, int), self._places[image_id]
            ours, theirs = match_boxes(
                boxes[positions], self._persons.boxes[places]
            )
            pairs.append(np.stack([positions[ours], places[theirs]]))
        return np.concatenate(pairs, axis=1)

    def _ghosts(self, entries):
        if not self._empty_images:
            return ABSENT
        count = sum(
            entry["image_id"] in self._empty_images
            and entry["score"] >= GHOST_SCORE
            for entry in entries
        )
        return 100.0 * count / len(self._empty_images)


def _counted_persons(dataset, schema):
    """The persons that count, and their positions by image id."""
    counted = [
        person
        for person in dataset["annotations"]
        if person["num_keypoints"] and not person["iscrowd"]
        # `num_keypoints` may say what the keypoints do not.
        if (person["keypoints"][2::3] > 0).any()
    ]
    places = {}
    for place, person in enumerate(counted):
        places.setdefault(person["image_id"], []).append(place)
    persons = TruePersons(
        schema,
        _array(counted, "keypoints").reshape(-1, len(schema), 3),
        _corners(_array(counted, "bbox").reshape(-1, 4)),
        _array(counted, "area"),
    )
    return persons, {image_id: np.array(p) for image_id, p in places.items()}


def _with_boxes(entries):
    """The same entries, each with a box."""
    return [
        entry if "bbox" in entry else {**entry, "bbox": _extent(entry)}
        for entry in entries
    ]


def _extent(entry):
    points = np.reshape(entry["keypoints"], (-1, 3))[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]


def _as_arrays(entries, keypoint_count):
    """Boxes (P, 4) xyxy and poses (P, K, 2)."""
    boxes = _array(entries, "bbox").reshape(-1, 4)
    poses = _array(entries, "keypoints").reshape(-1, keypoint_count, 3)
    return _corners(boxes), poses[..., :2]


def _array(entries, field):
    return np.array([entry[field] for entry in entries], float)


def _corners(boxes):
    """xyxy of x, y, width, height."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
