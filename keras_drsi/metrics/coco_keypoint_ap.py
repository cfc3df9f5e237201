"""COCO's keypoint average precision, as pycocotools computes it."""

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
    """The ten numbers of COCO's keypoint evaluation.

    Precision and recall at object keypoint similarity (OKS) of 0.50, 0.55,
    ... 0.95 and their means. Crowds and persons without a labelled keypoint
    are neither hits nor misses, as pycocotools has it. One object serves many
    evaluations of the same ground truth.

    Args:
        ground_truth: path of a COCO keypoint annotation file, or its content
            as a dict (which is not changed).
        schema: `KeypointSchema`; its sigmas enter the OKS.
        image_ids: ids of the images that take part; by default all.
        annotation_ids: ids of the annotations that take part; by default all.

    Attributes:
        image_ids: list of the ids of the images.
        category_id: id of the category in the annotation file.
        dataset: the ground truth as `CocoGroundTruth.dataset` returns it.

    Raises:
        InputError: if the annotations are malformed or hold nothing to
            evaluate.
        ImportError: if pycocotools is not installed.

    Example:

    >>> metric = CocoKeypointAP("person_keypoints_val2017.json", COCO_PERSON)
    >>> metric.evaluate("results.json")["AP"]
    0.672
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
        """Compares results with the ground truth.

        Args:
            results: path of a file in COCO's results format, or its content:
                a list of dicts with `image_id`, `category_id`, `keypoints`
                (3K numbers), `score` and, optionally, `bbox`.

        Returns:
            dict of ten floats by `AP_NAMES`, always finite. `AP_M`, `AP_L`,
            `AR_M` and `AR_L` are -1.0, as in pycocotools, where the ground
            truth has no person of that size (medium: areas of 32^2 to 96^2
            px, large: above). No results at all give 0.0 and a warning.

        Raises:
            InputError: with file, entry, field, expectation and value.
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
