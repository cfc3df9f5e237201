import numpy as np
import pytest

from keras_drsi.data.synthetic.rotation import about_x, about_y, about_z


@pytest.mark.parametrize("about", (about_x, about_y, about_z))
def test_is_a_rotation(about):
    turn = about(37.0)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "turn, start, end",
    (
        (about_x(90), (0, 1, 0), (0, 0, 1)),
        (about_y(90), (0, 0, 1), (1, 0, 0)),
        (about_z(90), (1, 0, 0), (0, 1, 0)),
    ),
)
def test_turns_by_the_right_hand(turn, start, end):
    np.testing.assert_allclose(turn @ start, end, atol=1e-12)
