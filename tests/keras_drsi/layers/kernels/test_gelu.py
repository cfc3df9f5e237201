import math

import numpy as np

from keras_drsi.layers.kernels.gelu import gelu
from tests.backend import to_numpy


def test_equals_its_definition():
    x = np.linspace(-4, 4, 101).astype("float32")
    expected = [v * 0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x]
    np.testing.assert_allclose(to_numpy(gelu(x)), expected, atol=1e-6)
