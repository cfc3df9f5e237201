"""Predicted poses of an image."""

import dataclasses

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.inference.visualize import draw_poses
from keras_drsi.keypoints import KeypointSchema
from keras_drsi.metrics.coco_results import coco_result


@dataclasses.dataclass(frozen=True, repr=False)
class PoseResult:
    """The predicted poses of an image, sorted by descending score.

    All coordinates are in pixels of the image. Keypoints of low confidence are
    included; which confidence is sufficient depends on the application.

    Args:
        image: uint8 RGB array of shape (height, width, 3).
        name: string, the path of the image file, or the frame of a video.
        boxes: float32 array of shape (P, 4), xyxy.
        scores: float32 array of shape (P,), in [0, 1].
        keypoints: float32 array of shape (P, K, 3): x, y, confidence.
        schema: `KeypointSchema` of the K keypoints.

    Example:

    >>> for result in predictor.predict("image.jpg"):
    ...     print(result.keypoint("left_wrist"))
    """

    image: np.ndarray
    name: str
    boxes: np.ndarray
    scores: np.ndarray
    keypoints: np.ndarray
    schema: KeypointSchema

    def __len__(self):
        """Number of poses."""
        return len(self.scores)

    def __repr__(self):
        height, width = self.image_size
        return f"PoseResult({self.name}, {width} x {height}, {len(self)} poses)"

    @property
    def image_size(self):
        """(height, width) of the image in pixels."""
        return self.image.shape[:2]

    def keypoint(self, name):
        """Returns one keypoint of every pose.

        Args:
            name: string, name of the keypoint.

        Returns:
            float32 array of shape (P, 3): x, y, confidence.

        Raises:
            InputError: if the schema has no such keypoint.
        """
        if name not in self.schema.names:
            raise InputError(
                f"keypoint: expected one of {', '.join(self.schema.names)}, "
                f"got {name!r}."
            )
        return self.keypoints[:, self.schema.names.index(name)]

    def plot(self, **drawing):
        """Draws the poses over the image.

        Args:
            **drawing: options of `draw_poses`, e.g. `boxes=True`.

        Returns:
            New uint8 RGB array of shape (height, width, 3).
        """
        poses = {
            "boxes": self.boxes,
            "scores": self.scores,
            "keypoints": self.keypoints,
        }
        return draw_poses(self.image, poses, self.schema, **drawing)

    def to_coco(self, image_id, category_id=1):
        """Converts the poses to the COCO results format.

        Args:
            image_id: id of the image in the annotation file.
            category_id: id of the category in the annotation file. Defaults
                to 1.

        Returns:
            List of dicts, see `coco_result`.
        """
        return [
            coco_result(image_id, category_id, *pose)
            for pose in zip(self.scores, self.boxes, self.keypoints)
        ]

    def to_json(self):
        """Converts the poses to a JSON-serializable dict.

        Returns:
            Dict with `image` (the name), `width`, `height` and `poses`: a list
            of dicts with `score`, `box` `[x1, y1, x2, y2]` and `keypoints`
            `{name: [x, y, confidence]}`.
        """
        height, width = self.image_size
        return {
            "image": self.name,
            "width": width,
            "height": height,
            "poses": [
                {
                    "score": float(score),
                    "box": box.tolist(),
                    "keypoints": dict(zip(self.schema.names, points.tolist())),
                }
                for score, box, points in zip(
                    self.scores, self.boxes, self.keypoints
                )
            ],
        }
