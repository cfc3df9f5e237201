import keras
import numpy as np
import pytest

from keras_drsi.errors import InputError
from tests.random_norms import random_network
from training.commands.shrink import main


@pytest.fixture
def model(tmp_path):
    model = random_network(input_size=64, keypoints=3)
    # Variances behind large maps may be too large for 16 bits.
    variance = next(w for w in model.weights if w.path.endswith("variance"))
    variance.assign(1e5 * variance)
    model.compile("adam")
    model.save(tmp_path / "model.keras")
    return model


def test_numbers_keep_three_digits_in_half_the_space(model, tmp_path):
    out = tmp_path / "small.keras"
    main([str(tmp_path / "model.keras"), "--out", str(out)])
    assert out.stat().st_size < 2.1 * model.count_params() + 200_000
    small = keras.saving.load_model(out)
    assert small.get_config() == model.get_config()
    for mine, theirs in zip(model.weights, small.weights, strict=True):
        assert theirs.dtype == mine.dtype
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(mine),
            keras.ops.convert_to_numpy(theirs),
            rtol=1e-3,
            atol=1e-7,
        )


def test_nonsense_is_refused(model, tmp_path):
    given = str(tmp_path / "model.keras")
    with pytest.raises(InputError, match="already exists"):
        main([given, "--out", given])
    with pytest.raises(InputError, match="small.h5: expected a file name"):
        main([given, "--out", str(tmp_path / "small.h5")])
    with pytest.raises(InputError, match="none.keras"):
        main([str(tmp_path / "none.keras"), "--out", str(tmp_path / "a.keras")])
