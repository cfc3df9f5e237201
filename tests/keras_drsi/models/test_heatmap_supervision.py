import keras
import numpy as np
import pytest

from keras_drsi import DRSINet
from keras_drsi.models.heatmap_supervision import HeatmapSupervision
from tests.backend import to_numpy
from tests.keras_drsi.models.test_drsi_net import (
    random_images,
    random_targets,
    small_model,
)


def plain_network(**overrides):
    """A network that is soon compiled."""
    return small_model(
        **{"block_type": "bottleneck", "neck_type": "pan", "keypoint_depth": 0},
        **overrides,
    )


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_outputs_are_the_networks_and_heatmaps(data_format):
    network = plain_network(data_format=data_format)
    images = random_images()
    if data_format == "channels_first":
        images = images.transpose(0, 3, 1, 2)
    outputs = to_numpy(HeatmapSupervision(network)(images))
    assert outputs.pop("heatmaps").shape == (2, 8, 8, 17)
    for level, values in to_numpy(network(images)).items():
        np.testing.assert_array_equal(outputs[level], values)


def test_fit_trains_the_network_in_place():
    keras.utils.set_random_seed(0)
    network = plain_network()
    before = [v.copy() for v in network.get_weights()]
    model = HeatmapSupervision(network, weight=0.3)
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(
        random_images(), random_targets(), epochs=15, verbose=0
    ).history
    assert history["heatmap_loss"][-1] < history["heatmap_loss"][0]
    total = sum(history[name][-1] for name in history if name != "loss")
    # The loss is summed over a batch of two.
    assert history["loss"][-1] == pytest.approx(2 * total, rel=1e-4)
    changed = [
        (old != new).any() for old, new in zip(before, network.get_weights())
    ]
    assert np.mean(changed) > 0.9


def test_predicts_what_the_network_does():
    network = plain_network(score_threshold=0.0)
    ours = HeatmapSupervision(network).predict(random_images(), verbose=0)
    expected = network.predict(random_images(), verbose=0)
    for name, values in expected.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5, atol=1e-5)


def test_saves_and_loads(tmp_path):
    model = HeatmapSupervision(plain_network(), weight=0.2, filters=8)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    assert isinstance(loaded.network, DRSINet)
    expected = to_numpy(model(random_images()))
    for name, values in to_numpy(loaded(random_images())).items():
        np.testing.assert_array_equal(values, expected[name])
