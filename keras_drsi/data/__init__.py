"""COCO in, batches out."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.data import synthetic
    from keras_drsi.data.anchors import anchors_for, find_anchors
    from keras_drsi.data.augment import Augmentation
    from keras_drsi.data.coco import CocoImage, CocoPoses, read_coco
    from keras_drsi.data.image_store import verify_photos
    from keras_drsi.data.mean_pose import mean_pose
    from keras_drsi.data.persons import Persons
    from keras_drsi.data.pipeline import (
        evaluation_batches,
        steps_per_epoch,
        training_batches,
    )
    from keras_drsi.data.schema_file import read_schema_file
    from keras_drsi.data.share import Share

make_lazy(
    __name__,
    {
        "anchors": ["anchors_for", "find_anchors"],
        "augment": ["Augmentation"],
        "coco": ["CocoImage", "CocoPoses", "read_coco"],
        "image_store": ["verify_photos"],
        "mean_pose": ["mean_pose"],
        "persons": ["Persons"],
        "pipeline": [
            "evaluation_batches",
            "steps_per_epoch",
            "training_batches",
        ],
        "schema_file": ["read_schema_file"],
        "share": ["Share"],
        "synthetic": [],
    },
)
