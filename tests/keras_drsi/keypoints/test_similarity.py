import numpy as np
from keras import ops

from keras_drsi.keypoints import COCO_PERSON
from keras_drsi.keypoints.similarity import keypoint_similarity
from tests.backend import to_numpy, value_and_gradient

SIGMAS = np.array(COCO_PERSON.sigmas)


def test_one_standard_deviation():
    # At d = s * h the exponent of Eq. 12 is -1/2.
    squared_distance = (30 * 2 * SIGMAS) ** 2
    similarity = keypoint_similarity(squared_distance, 30.0**2, SIGMAS)
    np.testing.assert_allclose(to_numpy(similarity), np.exp(-0.5), rtol=1e-6)


def test_equals_pycocotools_formula():
    rng = np.random.default_rng(0)
    squared_distance = rng.uniform(0, 2000, (50, len(COCO_PERSON)))
    area = rng.uniform(10, 1e5, 50)
    variances = (2 * SIGMAS) ** 2
    exponent = squared_distance / variances / (area[:, None] + np.spacing(1))
    np.testing.assert_allclose(
        to_numpy(keypoint_similarity(squared_distance, area, SIGMAS)),
        np.exp(-exponent / 2),
        rtol=1e-4,
        atol=1e-7,
    )


def test_objects_without_area():
    squared_distance = np.array([[0.0, 1.0, 1e8]], "float32")
    similarity = keypoint_similarity(squared_distance, [0.0], SIGMAS[:3])
    np.testing.assert_array_equal(to_numpy(similarity), [[1, 0, 0]])


def test_gradient_equals_central_differences():
    rng = np.random.default_rng(1)
    offset = rng.normal(0, 5, (20, len(COCO_PERSON), 2)).astype("float32")
    area = rng.uniform(1e3, 1e4, 20).astype("float32")
    gradient_of = value_and_gradient(
        lambda offset, area: ops.sum(
            keypoint_similarity(ops.sum(offset**2, axis=-1), area, SIGMAS)
        )
    )
    _, gradient = gradient_of(offset, area)

    def reference(offset):
        scale = area.astype("float64")[:, None] * (2 * SIGMAS) ** 2
        return np.exp(-np.sum(offset**2, axis=-1) / (2 * scale))

    step = 1e-6
    for axis in range(2):
        shift = step * np.eye(2)[axis]
        above, below = reference(offset + shift), reference(offset - shift)
        np.testing.assert_allclose(
            gradient[..., axis],
            (above - below) / (2 * step),
            rtol=1e-3,
            atol=1e-8,
        )


def test_gradient_is_finite_at_zero_distance_and_zero_area():
    gradient_of = value_and_gradient(
        lambda offset, area: ops.sum(
            keypoint_similarity(ops.sum(offset**2, axis=-1), area, SIGMAS)
        )
    )
    offset = np.zeros((2, len(COCO_PERSON), 2), "float32")
    offset[:, 1] = 1e4
    _, gradient = gradient_of(offset, np.array([0, 1], "float32"))
    np.testing.assert_array_equal(gradient, np.zeros_like(offset))
