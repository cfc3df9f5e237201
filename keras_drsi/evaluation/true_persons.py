"""True persons, and how near poses come to them."""

import dataclasses

import numpy as np

from keras_drsi.evaluation.similarity import similarity

PCK_SHARE = 0.2  # of the torso
# Where no shoulder and hip of one side are labelled: a torso is about a third
# of what a standing person measures.
TORSO_OF_BOX = 1 / 3


@dataclasses.dataclass(frozen=True)
class TruePersons:
    """The truth about M persons, to compare a pose for each of them with.

    Args:
        schema: `KeypointSchema`.
        keypoints: (M, K, 3) float array, x, y, v with v = 0 for not labelled;
            every person has a labelled keypoint.
        boxes: (M, 4) float array, xyxy.
        areas: (M,) float array, of the persons' segments.
    """

    schema: object
    keypoints: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray

    def take(self, positions):
        """The persons at those positions."""
        return TruePersons(
            self.schema,
            self.keypoints[positions],
            self.boxes[positions],
            self.areas[positions],
        )

    def mean_oks(self, poses):
        """Mean of COCO's OKS over the persons; 0.0 for no persons.

        Args:
            poses: (M, K, 2) float array, one pose for each person.
        """
        if not len(self.keypoints):
            return 0.0
        each = similarity(poses, self.keypoints, self.areas, self.schema.sigmas)
        labelled = self._labelled
        oks = (each * labelled).sum(axis=1) / labelled.sum(axis=1)
        return float(oks.mean())

    def pck(self, poses):
        """Share of the labelled keypoints that lie near their true place.

        Near is within 0.2 of the person's torso. Its length is the distance
        of shoulder and hip, of the side where it is longer. Where neither
        side has both labelled, or the schema has none of them, a third of the
        longer side of the person's box takes its place.

        Args:
            poses: (M, K, 2) float array, one pose for each person.

        Returns:
            the share over all keypoints, and a dict of the share of each
            keypoint by its name; 0.0 where nothing is labelled.
        """
        reach = PCK_SHARE * self._torsos()[:, None]
        labelled = self._labelled
        hits = (labelled & (self._distances(poses) <= reach)).sum(axis=0)
        counts = labelled.sum(axis=0)
        shares = hits / np.maximum(counts, 1)
        overall = hits.sum() / max(counts.sum(), 1)
        return float(overall), dict(zip(self.schema.names, shares.tolist()))

    @property
    def _labelled(self):
        return self.keypoints[..., 2] > 0

    def _distances(self, poses):
        """(M, K), in pixels."""
        return np.linalg.norm(poses - self.keypoints[..., :2], axis=-1)

    def _torsos(self):
        """(M,) lengths in pixels."""
        lengths = np.zeros(len(self.keypoints))
        for side in ("left", "right"):
            names = (f"{side}_shoulder", f"{side}_hip")
            if not all(name in self.schema.names for name in names):
                continue
            shoulder, hip = (
                self.keypoints[:, self.schema.names.index(name)]
                for name in names
            )
            both = (shoulder[:, 2] > 0) & (hip[:, 2] > 0)
            length = np.linalg.norm(shoulder[:, :2] - hip[:, :2], axis=-1)
            lengths = np.maximum(lengths, length * both)
        sides = (self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1, initial=0)
        return np.where(lengths > 0, lengths, TORSO_OF_BOX * sides)
