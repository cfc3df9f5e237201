import numpy as np

from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.postprocess.decode import decode_pose_maps
from keras_drsi.postprocess.mirror import mirror_maps
from tests.backend import compiled
from tests.keras_drsi.postprocess.test_decode import ANCHORS, random_raw

WIDTH, K = 128, len(COCO_PERSON)


def decoded(raw):
    return compiled(lambda raw: decode_pose_maps(raw, ANCHORS))(raw)


def mirrored(raw):
    flip_index = COCO_PERSON.flip_index
    return compiled(lambda raw: mirror_maps(raw, flip_index))(raw)


def test_decodes_to_the_mirrored_poses():
    raw = random_raw(0, 64, WIDTH, K)
    plain, other = decoded(raw), decoded(mirrored(raw))
    # The same poses, in another order.
    order, other_order = (
        np.argsort(poses["scores"][0], kind="stable")
        for poses in (plain, other)
    )
    boxes = plain["boxes"][0][order]
    boxes = np.stack(
        [WIDTH - boxes[:, 2], boxes[:, 1], WIDTH - boxes[:, 0], boxes[:, 3]], 1
    )
    np.testing.assert_allclose(other["boxes"][0][other_order], boxes, atol=1e-3)
    keypoints = plain["keypoints"][0][order][:, list(COCO_PERSON.flip_index)]
    keypoints = keypoints * (-1, 1, 1) + (WIDTH, 0, 0)
    np.testing.assert_allclose(
        other["keypoints"][0][other_order], keypoints, atol=1e-3
    )


def test_twice_is_the_identity():
    raw = random_raw(1, 64, WIDTH, K)
    again = mirrored(mirrored(raw))
    for level, values in raw.items():
        np.testing.assert_allclose(again[level], values, atol=1e-6)
