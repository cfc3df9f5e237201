import keras
import numpy as np
import pytest

from keras_drsi.layers import C3
from tests.backend import to_numpy
from tests.layer_checks import random_map

SHAPE = (2, 8, 6, 16)


def trained(block, remat, dtype="float32"):
    """Losses and weights of three steps with Keras' own `fit`."""
    keras.utils.set_random_seed(0)
    layer = C3(
        16,
        repeats=2,
        block_type=block,
        name="c3",
        remat=remat,
        data_format="channels_last",
        dtype=dtype,
    )
    images = keras.Input(SHAPE[1:])
    model = keras.Model(images, layer(images))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x, y = random_map(*SHAPE), random_map(*SHAPE, seed=1)
    history = model.fit(x, y, epochs=3, verbose=0).history
    return history["loss"], {w.path: to_numpy(w) for w in model.weights}


@pytest.mark.parametrize("block", ["drsi", "bottleneck", "transformer"])
def test_training_is_the_same(block):
    losses, weights = trained(block, remat=False)
    losses_again, weights_again = trained(block, remat=True)
    np.testing.assert_allclose(losses_again, losses, rtol=1e-5)
    assert set(weights) == set(weights_again)
    for path, values in weights.items():
        np.testing.assert_allclose(
            weights_again[path], values, rtol=1e-4, atol=1e-5, err_msg=path
        )


def test_moving_averages_stay_in_float32():
    _, weights = trained("drsi", remat=True, dtype="mixed_bfloat16")
    averages = [w for path, w in weights.items() if "moving" in path]
    assert averages
    for values in averages:
        assert values.dtype == "float32"
        # Numbers of bfloat16 would have no more than 8 bits.
        rounded = values.view("uint32") & 0xFFFF
        assert rounded.any()


def test_inference_is_untouched():
    x = random_map(*SHAPE)
    plain, twice = (
        C3(16, block_type="drsi", remat=remat, data_format="channels_last")
        for remat in (False, True)
    )
    for layer in (plain, twice):
        layer.build(SHAPE)
    twice.set_weights(plain.get_weights())
    np.testing.assert_array_equal(to_numpy(twice(x)), to_numpy(plain(x)))


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="PyTorch shows what it keeps"
)
def test_fewer_numbers_are_kept():
    import torch

    kept = {}
    for remat in (False, True):
        layer = C3(
            16,
            repeats=4,
            block_type="drsi",
            remat=remat,
            data_format="channels_last",
        )
        sizes = []

        def pack(tensor):
            sizes.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            layer(random_map(2, 32, 32, 16), training=True)
        kept[remat] = sum(sizes)
    assert kept[True] < 0.3 * kept[False]
