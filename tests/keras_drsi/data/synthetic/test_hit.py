import numpy as np

from keras_drsi.data.synthetic.hit import Hit

AXES = ((0, 0, 1), (0, -1, 0), (1, 0, 0))


def hit():
    normal = np.float32([(3, 0, 0), (0, 2, 0), (0, 0, 5)]).T
    return Hit(normal, AXES, np.float32((0, 0.5, 1)))


def test_normals_become_unit_vectors():
    np.testing.assert_array_equal(hit().normal, np.eye(3))


def test_local_is_the_normal_in_the_own_axes():
    np.testing.assert_array_equal(hit().local, np.array(AXES))


def test_a_part_of_the_points():
    part = hit()[np.array((2, 0))]
    np.testing.assert_array_equal(part.normal, np.eye(3)[:, [2, 0]])
    np.testing.assert_array_equal(part.local, np.array(AXES)[:, [2, 0]])
    np.testing.assert_array_equal(part.along, (1, 0))
