import json
import re

import numpy as np
import onnx
import pytest
from tensorflow.lite.python import schema_py_generated as schema

from keras_drsi import DRSINet
from keras_drsi.data.synthetic import CALM, write_synthetic_people
from keras_drsi.errors import InputError
from keras_drsi.export.export_model import export
from keras_drsi.export.export_options import ExportOptions
from keras_drsi.formats.exported_model import ExportedModel
from keras_drsi.formats.litert import packed_litert
from training.commands.evaluate import main as evaluate
from training.commands.quantize import main as quantize

SUFFIXES = {"onnx": ".onnx", "litert": ".tflite"}


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people") / "data"
    write_synthetic_people(folder, 8, 24, 128, seed=5, crowd=CALM)
    return str(folder)


@pytest.fixture(scope="module")
def files(people, tmp_path_factory):
    """The trained network, exported, and in 8 bits."""
    folder = tmp_path_factory.mktemp("files")
    model = DRSINet.from_preset("drsi_net_n_synthetic")
    model.save(folder / "model.keras")
    for kind in SUFFIXES:
        whole = folder / f"float{SUFFIXES[kind]}"
        export(
            folder / "model.keras",
            whole,
            ExportOptions(kind, poses=True, batch_size=1),
        )
        quantize(
            [str(whole), "--data", people, "--images", "8"]
            + ["--out", str(folder / f"int8{SUFFIXES[kind]}")]
        )
    return folder


def ap(file, people, capsys):
    capsys.readouterr()
    evaluate(["--data", people, "--weights", str(file), "--json"])
    return json.loads(capsys.readouterr().out)["AP"]


def test_an_exported_file_has_the_networks_ap(files, people, capsys):
    expected = ap(files / "model.keras", people, capsys)
    assert expected > 0.3
    assert ap(files / "float.onnx", people, capsys) == pytest.approx(
        expected, abs=1e-3
    )


@pytest.mark.parametrize("suffix", SUFFIXES.values())
def test_eight_bits_cost_little(suffix, files, people, capsys):
    whole, small = files / f"float{suffix}", files / f"int8{suffix}"
    assert ExportedModel(small).keypoints == ExportedModel(whole).keypoints
    assert small.stat().st_size < 0.45 * whole.stat().st_size
    assert ap(small, people, capsys) > ap(whole, people, capsys) - 0.1


def test_what_it_costs_is_said(files, people, tmp_path, capsys):
    quantize(
        [str(files / "float.onnx"), "--data", people, "--images", "8"]
        + ["--out", str(tmp_path / "int8.onnx"), "--evaluate"]
    )
    _, head, whole, small = capsys.readouterr().out.splitlines()
    assert head.split() == ["AP", "AP50", "MB"]
    for line, file in (
        (whole, files / "float.onnx"),
        (small, tmp_path / "int8.onnx"),
    ):
        *_, number, _, size = line.split()
        assert float(number) == pytest.approx(
            ap(file, people, capsys), abs=1e-4
        )
        assert float(size) == pytest.approx(file.stat().st_size / 1e6, abs=0.1)


def test_output_convolutions_stay_in_float_in_onnx(files):
    graph = onnx.load(str(files / "int8.onnx")).graph
    computed = {name for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    # Weights in 8 bits are turned back by a node; others are just there.
    in_float = [c for c in convolutions if c.input[1] not in computed]
    # The box and the keypoint convolution of each level.
    assert len(in_float) == 8 < len(convolutions)


def test_output_convolutions_stay_in_float_in_litert(files):
    content = (files / "int8.tflite").read_bytes()
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    kinds = [
        graph.tensors[operator.inputs[1]].type
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode
        in (
            schema.BuiltinOperator.CONV_2D,
            schema.BuiltinOperator.DEPTHWISE_CONV_2D,
        )
    ]
    assert set(kinds) == {schema.TensorType.INT8, schema.TensorType.FLOAT32}
    # Those of the outputs, and some of the attention that are always 0.
    assert 8 <= kinds.count(schema.TensorType.FLOAT32) < 30
    assert kinds.count(schema.TensorType.INT8) > 100


def test_a_fixed_batch_serves_any_number(files):
    model = ExportedModel(files / "float.onnx")
    images = np.random.default_rng(0).integers(0, 256, (3, 128, 128, 3))
    together = model.predict_on_batch(images)
    alone = model.predict_on_batch(images[2:])
    assert together["boxes"].shape[0] == 3
    np.testing.assert_allclose(together["boxes"][2:], alone["boxes"])


def with_nan_in_onnx(exported, out):
    """The first value of the second convolution's kernel is NaN."""
    model = onnx.load(str(exported))
    convolutions = [n for n in model.graph.node if n.op_type == "Conv"]
    (kernel,) = (
        value
        for value in model.graph.initializer
        if value.name == convolutions[1].input[1]
    )
    values = onnx.numpy_helper.to_array(kernel).copy()
    values.flat[0] = np.nan
    kernel.CopyFrom(onnx.numpy_helper.from_array(values, kernel.name))
    onnx.save(model, str(out))
    return re.escape(convolutions[1].output[0])


def with_nan_in_litert(exported, out):
    model = schema.ModelT.InitFromPackedBuf(exported.read_bytes(), 0)
    graph = model.subgraphs[0]
    operator = [
        operator
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode
        == schema.BuiltinOperator.CONV_2D
    ][1]
    buffer = model.buffers[graph.tensors[operator.inputs[1]].buffer]
    values = np.frombuffer(bytes(buffer.data), "float32").copy()
    values[0] = np.nan
    buffer.data = np.frombuffer(values.tobytes(), "uint8")
    out.write_bytes(packed_litert(model))
    # Its kernels pass the NaN on to what follows in the stage.
    name = graph.tensors[operator.outputs[0]].name.decode()
    return rf"from {re.escape(name.split('_down')[0])}\S*"


@pytest.mark.parametrize(
    "damage, suffix",
    [(with_nan_in_onnx, ".onnx"), (with_nan_in_litert, ".tflite")],
)
def test_what_is_not_sound_is_refused(damage, suffix, files, people, tmp_path):
    damaged, out = tmp_path / f"damaged{suffix}", tmp_path / f"int8{suffix}"
    first = damage(files / f"float{suffix}", damaged)
    with pytest.raises(
        InputError, match=f"damaged{suffix}: inference: expected finite values"
    ) as refusal:
        quantize([str(damaged), "--data", people, "--out", str(out)])
    assert re.search(rf"{first}\.$", str(refusal.value))
    assert not out.exists()


def test_other_files_are_refused(files, people, tmp_path):
    raw = tmp_path / "raw.onnx"
    export(files / "model.keras", raw, ExportOptions(batch_size=1))
    with pytest.raises(InputError, match="decoding inside"):
        ExportedModel(raw)
    with pytest.raises(InputError, match="expected an exported network"):
        ExportedModel(tmp_path)
    (tmp_path / "broken.onnx").write_text("no network")
    with pytest.raises(InputError, match="broken.onnx: corrupted"):
        ExportedModel(tmp_path / "broken.onnx")
    for options, message in (
        (["--out", "small.onnx", "--images", "0"], "images: expected >= 1"),
        (["--out", "small.tflite"], "expected the name of a .onnx file"),
    ):
        with pytest.raises(InputError, match=message):
            quantize([str(files / "float.onnx"), "--data", people, *options])
    with pytest.raises(InputError, match="neither --flip-test"):
        evaluate(
            ["--data", people, "--weights", str(files / "float.onnx")]
            + ["--flip-test"]
        )
