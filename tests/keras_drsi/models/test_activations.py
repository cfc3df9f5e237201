import keras
import numpy as np
import pytest

from keras_drsi.layers.c3 import C3
from keras_drsi.models.activations import STAGES, stage_of, trace_activations
from tests.unsound_networks import overflow, small_drsi_net

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), "uint8")


@pytest.fixture(scope="module")
def network():
    return small_drsi_net()


@pytest.fixture(scope="module")
def trace(network):
    return trace_activations(network, IMAGES)


def largest(x):
    return float(np.abs(keras.ops.convert_to_numpy(x)).max())


def test_the_last_ones_are_the_networks_outputs(network, trace):
    outputs = network(IMAGES, training=False)
    for activation, (level, x) in zip(trace[-4:], outputs.items()):
        assert activation.layer == f"head/{level}"
        assert activation.largest == pytest.approx(largest(x), rel=1e-4)


def test_every_layer_of_the_backbone_is_there(network, trace):
    layers = [a.layer for a in trace if "/" not in a.layer]
    backbone = network.get_layer("backbone")
    assert layers == [layer.name for layer in backbone.layers[1:]]
    ends = {a.layer: a.largest for a in trace}
    maps = backbone(IMAGES.astype("float32") / 255, training=False)
    for level, values in maps.items():
        layer = backbone.pyramid_level_inputs[level]
        assert ends[layer] == pytest.approx(largest(values), rel=1e-4)


def test_shares_are_those_of_blocks_with_a_shortcut(trace):
    shares = [a.layer for a in trace if a.residual_share is not None]
    assert shares == [f"stage_{n}/drsi_0" for n in range(1, 5)]
    assert all(a.residual_share > 0 for a in trace if a.layer in shares)


def test_share_by_hand():
    """A block that adds three times its input."""
    from keras_drsi.models.activations import _trace_blocks

    class Threefold(keras.layers.Layer):
        def call(self, x, training=None):
            return 4 * x

    module = C3(8, repeats=1, name="stage_1")
    module.blocks = [Threefold(name="threefold")]
    module.build((1, 4, 4, 3))
    x = keras.random.normal((1, 4, 4, 3), seed=0)
    before, after = _trace_blocks(module, x)
    assert after.layer == "stage_1/threefold"
    assert after.residual_share == pytest.approx(3.0, rel=1e-5)
    assert after.largest == pytest.approx(4 * before.largest, rel=1e-5)


def test_a_network_of_bottlenecks():
    network = small_drsi_net(block_type="bottleneck", neck_type="pan")
    trace = trace_activations(network, IMAGES)
    with_share = {a.stage for a in trace if a.residual_share is not None}
    # The last stage's are without a shortcut.
    assert with_share == {f"stage_{n}" for n in range(1, 5)}


def test_overflow_is_seen_where_it_begins():
    network = small_drsi_net()
    overflow(network, "stage_2_down")
    sound = [
        a.layer
        for a in trace_activations(network, IMAGES)
        if np.isfinite(a.largest)
    ]
    assert sound[-1] == "stage_1"


def test_every_weight_has_a_stage(network):
    assert {stage_of(w.path) for w in network.weights} == set(STAGES)
