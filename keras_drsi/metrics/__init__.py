"""How close predicted poses are to the true ones."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.metrics.coco_keypoint_ap import CocoKeypointAP
    from keras_drsi.metrics.coco_results import coco_results
    from keras_drsi.metrics.oks import OKS, coco_oks

make_lazy(
    __name__,
    {
        "coco_keypoint_ap": ["CocoKeypointAP"],
        "coco_results": ["coco_results"],
        "oks": ["OKS", "coco_oks"],
    },
)
