import numpy as np
import pytest

from keras_drsi.errors import InputError
from keras_drsi.layers import C3, C3DR, DRSIBlock
from tests.backend import to_numpy
from tests.layer_checks import random_map


def test_c3dr_is_c3_over_drsi_blocks():
    x = random_map(1, 6, 6, 16)
    c3dr = C3DR(16, repeats=2, order=3)
    actual = to_numpy(c3dr(x))
    assert all(isinstance(block, DRSIBlock) for block in c3dr.blocks)
    twin = C3(16, 2, "drsi", {"order": 3})
    twin.build(x.shape)
    twin.set_weights(c3dr.get_weights())
    np.testing.assert_array_equal(to_numpy(twin(x)), actual)


def test_unknown_block():
    with pytest.raises(InputError, match="drsi, hor.*got 'dris'"):
        C3(16, block_type="dris")
