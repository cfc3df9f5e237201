import pathlib

import keras
import numpy as np
import pytest

from keras_drsi import DRSINet
from keras_drsi.errors import InputError
from keras_drsi.export.export_model import export
from keras_drsi.export.export_options import OPSETS, ExportOptions
from keras_drsi.export.largest_difference import largest_difference
from keras_drsi.formats import FORMATS
from keras_drsi.models.pose_decoder import PoseDecoder
from tests.random_norms import random_network

SIZE = 64
SUFFIX = {name: target.suffix for name, target in FORMATS.items()}


def saved_network(folder, **config):
    path = folder / "model.keras"
    random_network(
        input_size=SIZE,
        keypoints=3,
        max_poses=5,
        score_threshold=0.0,
        **config,
    ).save(path)
    return path


@pytest.fixture(scope="module")
def drsi_weights(tmp_path_factory):
    return saved_network(tmp_path_factory.mktemp("drsi"))


@pytest.fixture(scope="module")
def drsi_model(drsi_weights):
    return keras.saving.load_model(drsi_weights)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Of a network that is exported in a fraction of the time."""
    folder = tmp_path_factory.mktemp("plain")
    return saved_network(folder, block_type="bottleneck", neck_type="pan")


@pytest.fixture(scope="module")
def model(weights):
    return keras.saving.load_model(weights)


def some_images(count, dtype="float32"):
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (count, SIZE, SIZE, 3)).astype(dtype)


def assert_close(actual, expected):
    assert set(actual) == set(expected)
    for name, values in expected.items():
        values = keras.ops.convert_to_numpy(values)
        assert actual[name].shape == values.shape
        np.testing.assert_allclose(
            actual[name], values, atol=1e-4 * max(values.std(), 1e-3)
        )


@pytest.mark.parametrize("name", FORMATS)
def test_poses_of_any_number_of_images(name, weights, model, tmp_path):
    out = tmp_path / f"model{SUFFIX[name]}"
    options = ExportOptions(
        name,
        poses=True,
        batch_size=3 if name == "litert" else None,
        input_type="uint8",
    )
    assert export(weights, out, options) < 1e-4
    images = some_images(3, "uint8")
    expected = PoseDecoder(model)(images)
    assert int(expected["count"][0]) > 1
    assert_close(FORMATS[name].load(out)(images), expected)


@pytest.mark.parametrize("name", FORMATS)
def test_raw_head_maps_and_metadata(name, drsi_weights, drsi_model, tmp_path):
    out = tmp_path / f"model{SUFFIX[name]}"
    assert export(drsi_weights, out, ExportOptions(name, batch_size=1)) < 1e-4
    images = some_images(1)
    assert_close(FORMATS[name].load(out)(images), drsi_model(images))
    about = FORMATS[name].metadata(out)
    assert about["keypoints"] == list(drsi_model.keypoints.names)
    assert about["input"]["height_width"] == [SIZE, SIZE]
    assert about["input"]["letterbox"].endswith("padded with 114")
    np.testing.assert_allclose(about["anchors"], drsi_model.anchors)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_a_network_trained_in_half_precision(weights, model, tmp_path):
    half = DRSINet.from_config({**model.get_config(), "dtype": "mixed_float16"})
    half.set_weights(model.get_weights())
    half.save(tmp_path / "half.keras")
    assert export(tmp_path / "half.keras", tmp_path / "half.onnx") < 1e-4
    images = some_images(2)
    actual = FORMATS["onnx"].load(tmp_path / "half.onnx")(images)
    assert_close(actual, model(images))


def test_a_saved_model_is_a_layer(weights, model, tmp_path):
    export(weights, tmp_path / "saved", ExportOptions("saved_model"))
    layer = keras.layers.TFSMLayer(tmp_path / "saved", call_endpoint="serve")
    images = some_images(2)
    outputs = {name: x.numpy() for name, x in layer(images).items()}
    assert_close(outputs, model(images))


def test_a_model_in_memory_for_the_oldest_opset(model, tmp_path):
    out = tmp_path / "model.onnx"
    options = ExportOptions(poses=True, opset=OPSETS[0])
    assert export(model, out, options) < 1e-4
    assert_close(
        FORMATS["onnx"].load(out)(some_images(2, "float32")),
        PoseDecoder(model)(some_images(2)),
    )


def test_a_wrong_file_is_noticed(weights, model):
    def other(images):
        return {name: v.numpy() + 0.1 for name, v in model(images).items()}

    difference = largest_difference(
        model, other, ExportOptions(), (SIZE, SIZE, 3)
    )
    assert difference > 1e-2
    with pytest.raises(InputError, match="output 'P3': expected shape"):
        largest_difference(
            model, lambda images: {}, ExportOptions(), (SIZE, SIZE, 3)
        )


def test_a_difference_leaves_no_file(weights, tmp_path, monkeypatch):
    monkeypatch.setattr("keras_drsi.export.export_model.TOLERANCE", -1.0)
    with pytest.raises(InputError, match="differs from Keras"):
        export(weights, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        ("model.txt", {}, r"expected the name of a \.onnx file"),
        (
            "model.onnx",
            {"format": "saved_model"},
            "expected the name of a folder",
        ),
        ("model.onnx", {"batch_size": 0}, "batch_size: expected >= 1"),
        ("model.onnx", {"opset": 12}, "opset: expected 13 to 18, got 12"),
        ("model.onnx", {"opset": 19}, "opset: expected 13 to 18, got 19"),
        ("taken.onnx", {}, "already exists"),
    ],
)
def test_nonsense_is_refused(weights, tmp_path, out, options, message):
    (tmp_path / "taken.onnx").write_text("mine")
    with pytest.raises(InputError, match=message):
        export(weights, tmp_path / out, ExportOptions(**options))
    assert (tmp_path / "taken.onnx").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["taken.onnx"]


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_get_the_same_file(
    backend, weights, model, tmp_path, monkeypatch
):
    """Only the name of the backend is another one: it must run itself."""
    monkeypatch.setattr("keras.backend.backend", lambda: backend)
    out = tmp_path / "model.onnx"
    difference = export(weights, out, ExportOptions(batch_size=2, opset=18))
    monkeypatch.undo()
    assert 0 < difference < 1e-4
    images = some_images(2)
    assert_close(FORMATS["onnx"].load(out)(images), model(images))


def test_onnx_runtime_runs_a_gelu_as_one_step(drsi_weights, tmp_path):
    import onnx
    import onnxruntime

    out, optimized = tmp_path / "model.onnx", tmp_path / "optimized.onnx"
    export(drsi_weights, out, ExportOptions(batch_size=1))
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(optimized)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(
        str(out), options, providers=["CPUExecutionProvider"]
    )
    steps = [node.op_type for node in onnx.load(str(optimized)).graph.node]
    assert steps.count("Gelu") == 16 and "Erf" not in steps


def assert_every_number_is_used(content):
    """By a node of the graph, or of a loop in it."""
    text = str(content.graph.node)
    for value in content.graph.initializer:
        assert f'"{value.name}"' in text


def test_onnx_needs_nothing_of_ours(weights, tmp_path):
    import onnx

    out = tmp_path / "model.onnx"
    export(weights, out, ExportOptions(poses=True, opset=18))
    content = onnx.load(str(out))
    assert [o.name for o in content.graph.output] == [
        "boxes",
        "count",
        "keypoints",
        "scores",
    ]
    assert content.opset_import[0].version == 18
    assert_every_number_is_used(content)
    assert {op.domain for op in content.opset_import} <= {"", "ai.onnx.ml"}
    here = pathlib.Path(__file__).parent
    assert str(here.parents[2]).encode() not in out.read_bytes()
