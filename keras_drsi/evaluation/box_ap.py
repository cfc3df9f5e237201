"""COCO's average precision of the persons' boxes."""

import numpy as np

from keras_drsi.metrics.coco_keypoint_ap import pycocotools_coco, silence

# The range that pycocotools calls "all".
EVERY_AREA = [0, 1e10]
DETECTIONS_PER_IMAGE = 100


class BoxAP:
    """AP of boxes, of the persons that keypoint AP counts.

    As pycocotools computes it with `iouType="bbox"`. What keypoint AP ignores
    is ignored here, too: crowds, and persons without a labelled keypoint.

    Args:
        dataset: dict of `images`, `categories` and `annotations`, as
            `CocoGroundTruth.dataset` returns it.
    """

    def __init__(self, dataset):
        self._truth = pycocotools_coco(
            {
                **dataset,
                "annotations": [
                    _countable(person) for person in dataset["annotations"]
                ],
            }
        )

    def evaluate(self, entries):
        """Compares boxes with the ground truth.

        Args:
            entries: list of checked results with `bbox`.

        Returns:
            dict of `box_AP`, over IoU of 0.50, 0.55, ... 0.95, and `box_AP50`;
            0.0 without results.
        """
        from pycocotools.cocoeval import COCOeval

        if not entries:
            return {"box_AP": 0.0, "box_AP50": 0.0}
        with silence():
            found = self._truth.loadRes(entries)
            evaluation = COCOeval(self._truth, found, "bbox")
            evaluation.params.areaRng = [EVERY_AREA]
            evaluation.params.areaRngLbl = ["all"]
            evaluation.params.maxDets = [DETECTIONS_PER_IMAGE]
            evaluation.evaluate()
            evaluation.accumulate()
        # (thresholds, recalls, 1 category, 1 area, 1 limit)
        precision = evaluation.eval["precision"]
        return {
            "box_AP": float(np.mean(precision)),
            "box_AP50": float(np.mean(precision[0])),
        }


def _countable(person):
    # pycocotools resets `ignore` for boxes, but ignores every area that is
    # out of range.
    area = person["area"] if person["num_keypoints"] else -1.0
    return {
        "id": person["id"],
        "image_id": person["image_id"],
        "category_id": person["category_id"],
        "iscrowd": person["iscrowd"],
        "area": area,
        "bbox": person["bbox"].tolist(),
    }
