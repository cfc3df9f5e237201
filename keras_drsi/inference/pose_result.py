"""The poses found in one image."""

import dataclasses

import numpy as np

from keras_drsi.errors import InputError
from keras_drsi.inference.visualize import draw_poses
from keras_drsi.keypoints import KeypointSchema
from keras_drsi.metrics.coco_results import coco_result


@dataclasses.dataclass(frozen=True, repr=False)
class PoseResult:
    """The poses found in one image, best score first, in its pixels.

    A keypoint the network is unsure of keeps its coordinates and says its
    confidence; what is too uncertain to use is for the reader to decide.

    Args:
        image: (height, width, 3) uint8 RGB.
        name: where the image is from: a file's path, or a frame of a video.
        boxes: (P, 4) float32 xyxy.
        scores: (P,) float32.
        keypoints: (P, K, 3) float32 x, y, confidence.
        schema: `KeypointSchema`, the keypoints' names.

    Example:

    >>> for pose in predictor.predict("photo.jpg"):
    ...     print(pose.keypoint("left_wrist"))
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
        """(P, 3) x, y, confidence of one keypoint in every pose.

        Raises:
            InputError: for a name the schema does not have.
        """
        if name not in self.schema.names:
            raise InputError(
                f"keypoint: expected one of {', '.join(self.schema.names)}, "
                f"got {name!r}."
            )
        return self.keypoints[:, self.schema.names.index(name)]

    def plot(self, **drawing):
        """The image with the poses drawn over it.

        Args:
            **drawing: further arguments of `draw_poses`, for example
                `boxes=True`.

        Returns:
            (height, width, 3) uint8 RGB.
        """
        poses = {
            "boxes": self.boxes,
            "scores": self.scores,
            "keypoints": self.keypoints,
        }
        return draw_poses(self.image, poses, self.schema, **drawing)

    def to_coco(self, image_id, category_id=1):
        """The poses as entries of COCO's results format.

        Args:
            image_id: id of the image in an annotation file.
            category_id: id of the category there.
        """
        return [
            coco_result(image_id, category_id, *pose)
            for pose in zip(self.scores, self.boxes, self.keypoints)
        ]

    def to_json(self):
        """The poses as plain data that `json.dump` takes.

        Returns:
            Dict of `image`, `width`, `height` and `poses`, each with `score`,
            `box` [x1, y1, x2, y2] and `keypoints`, `{name: [x, y,
            confidence]}`.
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
