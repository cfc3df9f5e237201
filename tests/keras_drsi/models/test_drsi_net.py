import contextlib
import json
import zipfile

import keras
import numpy as np
import pytest

from keras_drsi import (
    COCO_PERSON,
    OKS,
    PRESETS,
    CSDRNet,
    DRSINet,
    InputError,
)
from keras_drsi.keras_internals import flatten_layers
from tests.backend import to_numpy

SIZE = 64
K = len(COCO_PERSON)
SMALL = {"input_size": SIZE, "width": 0.125}


def small_model(**overrides):
    return DRSINet.from_preset("drsi_net_n", **{**SMALL, **overrides})


def random_images(batch=2, size=SIZE):
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (batch, size, size, 3), dtype="uint8")


def random_targets(batch=2, persons=4, size=SIZE):
    generator = np.random.default_rng(1)
    corners = generator.uniform(0, size / 2, (batch, persons, 2))
    sides = generator.uniform(8, size / 2, (batch, persons, 2))
    points = generator.uniform(0, size, (batch, persons, K, 2))
    visible = generator.integers(0, 3, (batch, persons, K, 1))
    boxes = np.concatenate([corners, corners + sides], axis=-1)
    return {
        "boxes": boxes.astype("float32"),
        "keypoints": np.concatenate([points, visible], -1).astype("float32"),
        "areas": sides.prod(-1).astype("float32"),
        "count": np.arange(batch, dtype="int32") + persons - batch + 1,
    }


def test_raw_maps():
    model = small_model()
    raw = model(random_images())
    assert {level: values.shape[1:3] for level, values in raw.items()} == {
        "P3": (8, 8),
        "P4": (4, 4),
        "P5": (2, 2),
        "P6": (1, 1),
    }
    for values in raw.values():
        assert values.shape[3:] == (3, 6 + 3 * K)
        assert np.isfinite(to_numpy(values)).all()


def test_rectangular_input():
    model = small_model(input_size=(64, 128))
    assert model.output["P4"].shape[1:3] == (4, 8)


def test_predictions():
    model = small_model(score_threshold=0.0, max_poses=7)
    poses = model.predict(random_images(3), batch_size=2, verbose=0)
    assert poses["boxes"].shape == (3, 7, 4)
    assert poses["keypoints"].shape == (3, 7, K, 3)
    assert (poses["count"] == 7).all()
    assert (np.diff(poses["scores"]) <= 0).all()


def test_fit_logs_every_part_and_learns():
    keras.utils.set_random_seed(0)
    model = small_model()
    model.compile(keras.optimizers.Adam(1e-2))
    # By then 0.63 to 0.71 of the first loss, with any seed: the first ten
    # steps on this noise lower nothing, and how many differs by machine.
    history = model.fit(
        random_images(), random_targets(), epochs=40, verbose=0
    ).history
    for part in ("box", "objectness", "oks", "keypoint_confidence"):
        assert np.isfinite(history[f"{part}_loss"]).all()
    assert history["loss"][-1] < 0.9 * history["loss"][0]
    logged = model.evaluate(
        random_images(), random_targets(), verbose=0, return_dict=True
    )
    assert np.isfinite(to_numpy(logged["loss"]))


def plain_model(**overrides):
    """A network that is soon compiled."""
    return small_model(
        **{"block_type": "bottleneck", "neck_type": "pan", **overrides}
    )


@pytest.mark.parametrize("block", ["bottleneck", "transformer"])
def test_other_sizes_than_its_own(block):
    """As the same weights give in a network of that size."""
    model = plain_model(block_type=block)
    wide = plain_model(
        block_type=block, input_size=(64, 192), anchors=model.anchors
    )
    wide.set_weights(model.get_weights())
    images = np.concatenate([random_images()] * 3, axis=2)
    actual = model.predict(images, verbose=0)
    expected = wide.predict(images, verbose=0)
    np.testing.assert_array_equal(actual["count"], expected["count"])
    for name in ("boxes", "scores", "keypoints"):
        np.testing.assert_allclose(
            actual[name], expected[name], rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize("size", [63, 96])
def test_a_size_that_is_no_multiple_is_refused(size):
    with pytest.raises(InputError, match=f"multiple of 64, got {size} x"):
        small_model()(random_images(size=size))


def batches_of_sizes(sizes):
    for size in sizes:
        yield random_images(size=size), random_targets(size=size)


def test_fit_and_evaluate_with_oks():
    keras.utils.set_random_seed(0)
    model = small_model(score_threshold=0.0)
    model.compile(keras.optimizers.Adam(1e-2), metrics=[OKS()])
    data = random_images(), random_targets()
    history = model.fit(*data, epochs=2, verbose=0, validation_data=data)
    expected = OKS()
    expected.update_state(data[1], model.predict(data[0], verbose=0))
    expected = float(expected.result())
    assert 0 < expected < 1
    assert history.history["val_oks"][-1] == pytest.approx(expected, rel=1e-3)
    assert 0 < history.history["oks"][0] < 1


# A network that is not compiled saves no state of an optimizer.
@pytest.mark.filterwarnings("ignore:Skipping variable loading")
def test_metrics_are_replaced_saved_and_checked(tmp_path):
    model = small_model()
    model.compile("sgd", metrics=[OKS()])
    assert [m.name for m in model.metrics].count("oks") == 1
    model.compile("sgd", metrics=[OKS(name="again")])
    names = [m.name for m in model.metrics]
    assert "again" in names and "oks" not in names
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [m.name for m in loaded.metrics] == names
    plain = small_model()
    plain.save_weights(tmp_path / "plain.weights.h5")
    loaded.load_weights(tmp_path / "plain.weights.h5")
    with pytest.raises(InputError, match="metrics of poses.*'accuracy'"):
        model.compile("sgd", metrics=["accuracy"])


def test_fit_of_several_sizes(caplog):
    """One training step for each batch, compiled once for each size."""
    keras.utils.set_random_seed(0)
    model = plain_model()
    model.compile(keras.optimizers.SGD(1e-3))
    sizes = [64, 128, 128, 64, 64, 128]
    with caplog.at_level("WARNING"), logged_compilations():
        history = model.fit(
            batches_of_sizes(sizes),
            steps_per_epoch=3,
            epochs=2,
            shuffle=False,
            verbose=0,
        ).history
    assert int(model.optimizer.iterations) == len(sizes)
    assert np.isfinite(history["loss"]).all()
    if keras.backend.backend() == "jax":
        compiled = [m for m in caplog.messages if is_of_train_step(m)]
        assert len(compiled) == 2, compiled


def test_fit_of_several_sizes_learns_what_each_size_does():
    """A batch moves the weights as in a network of its size."""
    keras.utils.set_random_seed(0)
    model = plain_model()
    wide = plain_model(input_size=128, anchors=model.anchors)
    wide.set_weights(model.get_weights())
    for network in (model, wide):
        network.compile(keras.optimizers.SGD(1e-3))
        network.fit(
            batches_of_sizes([128] * 2),
            steps_per_epoch=2,
            shuffle=False,
            verbose=0,
        )
    for actual, expected in zip(model.get_weights(), wide.get_weights()):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def logged_compilations():
    if keras.backend.backend() != "jax":
        return contextlib.nullcontext()
    import jax

    return jax.log_compiles()


def is_of_train_step(message):
    return message.startswith("Compiling") and "train_step" in message


def test_loss_is_the_sum_of_its_parts_times_the_batch():
    model = small_model()
    targets = random_targets()
    raw = model(random_images())
    loss = model.compute_loss(y=targets, y_pred=raw)
    parts = to_numpy(model.pose_loss(targets, raw))
    total = 2 * sum(parts.values())
    np.testing.assert_allclose(to_numpy(loss), total, rtol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    keras.utils.set_random_seed(0)
    exact = small_model()
    half = small_model(dtype=policy)
    half.set_weights(exact.get_weights())
    images = random_images()
    for expected, actual in zip(exact(images).values(), half(images).values()):
        assert keras.backend.standardize_dtype(actual.dtype) == "float32"
        expected, actual = to_numpy(expected), to_numpy(actual)
        error = np.sqrt(np.mean((actual - expected) ** 2))
        assert error < 2e-2 * expected.std()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_fit_in_mixed_precision(policy):
    model = plain_model(dtype=policy)
    model.compile("adam")
    scales_loss = isinstance(
        model.optimizer, keras.optimizers.LossScaleOptimizer
    )
    assert scales_loss == (policy == "mixed_float16")
    logs = model.train_on_batch(
        random_images(), random_targets(), return_dict=True
    )
    assert np.isfinite(to_numpy(logs["loss"]))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_saved_model_loads_in_safe_mode(tmp_path):
    model = small_model(
        order=1, residual_divisor=1.5, loss_config={"oks_weight": 0.2}
    )
    images = random_images()
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.saving.load_model(path, safe_mode=True)
    assert loaded.get_config() == model.get_config()
    for expected, actual in zip(
        model(images).values(), loaded(images).values()
    ):
        np.testing.assert_array_equal(to_numpy(actual), to_numpy(expected))


def test_a_model_that_was_saved_in_training_goes_on(tmp_path):
    keras.utils.set_random_seed(0)
    model = plain_model()
    model.compile(keras.optimizers.Adam(1e-3))
    model.train_on_batch(random_images(), random_targets())
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for network in (model, loaded):
        network.train_on_batch(random_images(), random_targets())
        assert int(network.optimizer.iterations) == 2
    for expected, actual in zip(model.get_weights(), loaded.get_weights()):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_weights_file(tmp_path):
    first, second = small_model(), small_model()
    path = tmp_path / "model.weights.h5"
    first.save_weights(path)
    second.load_weights(path)
    for expected, actual in zip(first.get_weights(), second.get_weights()):
        np.testing.assert_array_equal(actual, expected)


def test_no_lambda_anywhere():
    for layer in flatten_layers(small_model()):
        assert not isinstance(layer, keras.layers.Lambda)


@pytest.mark.parametrize("neck", ["pan", "cbam_pan", "asi_pan"])
def test_config_round_trip(neck):
    model = small_model(neck_type=neck, keypoint_depth=0, max_poses=5)
    twin = DRSINet.from_config(model.get_config())
    assert twin.get_config() == model.get_config()
    assert [w.path for w in twin.weights] == [w.path for w in model.weights]


@pytest.mark.parametrize("network", [DRSINet, CSDRNet])
def test_unknown_argument(network):
    """Keras itself would ignore it."""
    with pytest.raises(TypeError, match="widht"):
        network(widht=0.5)


def test_arguments_of_version_0_1():
    """Files of that version have other names of arguments in their config."""
    config = plain_model(head_type="yolo_pose", folded=True).get_config()
    for old in ("block", "neck", "head"):
        config[old] = config.pop(f"{old}_type")
    config["fused"] = config.pop("folded")
    del config["frozen"]
    model = DRSINet.from_config(config)
    assert (model.block_type, model.neck_type) == ("bottleneck", "pan")
    assert (model.head_type, model.folded) == ("yolo_pose", True)


def test_a_file_of_version_0_1():
    path = PRESETS["drsi_net_n_synthetic"].weights.path()
    with zipfile.ZipFile(path) as file:
        config = json.loads(file.read("config.json"))["config"]
    assert config["neck"] == "cbam_pan" and "neck_type" not in config
    model = keras.saving.load_model(path, compile=False)
    assert model.neck_type == "cbam_pan"
    trained = DRSINet.from_preset("drsi_net_n_synthetic")
    for actual, expected in zip(
        model.get_weights(), trained.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(actual, expected)


def test_initialize_pose_prior():
    """The first guess of a cell is the pose, as large as the anchor."""
    model = plain_model(keypoint_depth=0)
    pose = np.random.default_rng(0).uniform(-0.5, 0.5, (K, 2))
    model.initialize_pose_prior(pose)
    head = model.head
    for conv in (*head.box_convs, *(b[-1] for b in head.keypoint_branches)):
        conv.kernel.assign(0 * conv.kernel)
    from keras_drsi.postprocess.decode import decode_pose_maps

    decoded = decode_pose_maps(model(random_images(1)), model.anchors)
    keypoints = to_numpy(decoded["keypoints"])[0]
    first_cell = keypoints[:3, :, :2]  # three anchors of the first cell of P3
    expected = 4 + np.array(model.anchors[0])[:, None] * pose
    np.testing.assert_allclose(first_cell, expected, rtol=1e-4, atol=1e-4)


def test_channels_first_equals_channels_last():
    if keras.backend.backend() == "tensorflow":
        pytest.skip("TensorFlow's CPU kernels take channels last only")
    last = small_model(data_format="channels_last")
    first = small_model(data_format="channels_first")
    first.set_weights(last.get_weights())
    images = random_images()
    outputs = first(images.transpose(0, 3, 1, 2))
    for level, expected in last(images).items():
        np.testing.assert_allclose(
            to_numpy(outputs[level]), to_numpy(expected), rtol=1e-3, atol=1e-4
        )
