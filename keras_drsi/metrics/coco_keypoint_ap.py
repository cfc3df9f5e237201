"""COCO keypoint average precision, computed by pycocotools."""

import contextlib
import io
import warnings

import numpy as np

from keras_drsi.metrics.coco_ground_truth import CocoGroundTruth
from keras_drsi.metrics.coco_results import check_results, read_results

AP_NAMES = (
    "AP", "AP50", "AP75", "AP_M", "AP_L", "AR", "AR50", "AR75", "AR_M", "AR_L"
)  # fmt: skip


class CocoKeypointAP:
    """COCO keypoint average precision (AP) and average recall (AR).

    AP and AR at OKS thresholds of 0.50, 0.55, ..., 0.95 and their means.
    Crowds and persons without labeled keypoints are ignored, as in
    pycocotools. An instance can evaluate any number of results against the
    same ground truth.

    Args:
        ground_truth: path of a COCO keypoint annotation file, or its content
            as a dict, which is not modified.
        schema: `KeypointSchema` of the category. Its sigmas define the OKS.
        image_ids: ids of the images to evaluate. Defaults to all.
        annotation_ids: ids of the annotations to evaluate. Defaults to all.

    Attributes:
        image_ids: list of the ids of the images.
        category_id: id of the category in the annotation file.
        dataset: the ground truth as `CocoGroundTruth.dataset` returns it.

    Raises:
        InputError: if the annotations are malformed or contain nothing to
            evaluate.
        ImportError: if pycocotools is not installed.

    Example:

    >>> from keras_drsi import COCO_PERSON
    >>> metric = CocoKeypointAP("person_keypoints_val2017.json", COCO_PERSON)
    >>> metric.evaluate("results.json")["AP"]
    1.0
    """

    def __init__(
        self, ground_truth, schema, image_ids=None, annotation_ids=None
    ):
        self.schema = schema
        truth = CocoGroundTruth(ground_truth, image_ids, annotation_ids)
        self.image_ids = truth.image_ids
        self.category_id = truth.category["id"]
        self.dataset = truth.dataset(schema)
        self._truth = pycocotools_coco(self.dataset)

    def evaluate(self, results):
        """Evaluates results against the ground truth.

        Args:
            results: path of a COCO results file, or its content: a list of
                dicts with `image_id`, `category_id`, `keypoints` (3K floats),
                `score` and, optionally, `bbox`.

        Returns:
            Dict of ten finite floats, with the keys `AP_NAMES`. `AP_M`,
            `AP_L`, `AR_M` and `AR_L` are -1.0, as in pycocotools, if the
            ground truth has no person of that size (medium: areas of 32**2 to
            96**2 square pixels, large: above). Empty results give 0.0 and a
            warning.

        Raises:
            InputError: if a result is malformed, naming file, entry and field.
        """
        return self.compare(self.read(results))

    def read(self, results):
        """Reads and checks results.

        Args:
            results: see `evaluate`.

        Returns:
            list of new dicts with the fields that evaluation reads.

        Raises:
            InputError: see `evaluate`.
        """
        name, entries = read_results(results)
        entries = check_results(
            entries, name, self.image_ids, self.category_id, len(self.schema)
        )
        if not entries:
            warnings.warn(f"{name}: no poses to evaluate; AP is 0.0.")
        return entries

    def compare(self, entries):
        """Compares what `read` returned with the ground truth.

        Returns:
            see `evaluate`.
        """
        from pycocotools.cocoeval import COCOeval

        # loadRes fails on an empty list.
        with silence():
            found = (
                self._truth.loadRes(entries)
                if entries
                else pycocotools_coco({})
            )
            evaluation = COCOeval(self._truth, found, "keypoints")
            evaluation.params.kpt_oks_sigmas = np.array(self.schema.sigmas)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return dict(zip(AP_NAMES, map(float, evaluation.stats)))


def pycocotools_coco(dataset):
    """pycocotools' `COCO` of a data set in memory."""
    try:
        from pycocotools.coco import COCO
    except ImportError as error:
        raise ImportError(
            "COCO evaluation needs pycocotools: pip install pycocotools"
        ) from error
    coco = COCO()
    coco.dataset = dataset
    with silence():
        coco.createIndex()
    return coco


def silence():
    """Context without output: pycocotools prints its progress."""
    return contextlib.redirect_stdout(io.StringIO())
