import zipfile

import numpy as np
import pytest

from keras_drsi.checkpoints.tensor_file import read_tensors
from keras_drsi.errors import InputError

TENSORS = {
    "model.0.weight": np.arange(6, dtype="float32").reshape(2, 3),
    "model.0.count": np.array(3),
}


def assert_read(path):
    read = read_tensors(path)
    assert list(read) == list(TENSORS)
    for name, expected in TENSORS.items():
        np.testing.assert_array_equal(read[name], expected)


def test_npz(tmp_path):
    np.savez(tmp_path / "a.npz", **TENSORS)
    assert_read(tmp_path / "a.npz")


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
@pytest.mark.parametrize("nested", [None, "state_dict", "model"])
def test_torch(suffix, nested, tmp_path):
    torch = pytest.importorskip("torch")
    content = {name: torch.tensor(a) for name, a in TENSORS.items()}
    path = tmp_path / f"a{suffix}"
    torch.save({nested: content, "epoch": 3} if nested else content, path)
    assert_read(path)


def test_safetensors(tmp_path):
    numpy_file = pytest.importorskip("safetensors.numpy")
    numpy_file.save_file(TENSORS, tmp_path / "a.safetensors")
    read = read_tensors(tmp_path / "a.safetensors")
    assert set(read) == set(TENSORS)
    np.testing.assert_array_equal(
        read["model.0.weight"], TENSORS["model.0.weight"]
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_becomes_single(dtype, tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "a.pt"
    torch.save({"w": torch.ones(2, dtype=getattr(torch, dtype))}, path)
    assert read_tensors(path)["w"].dtype == "float32"


class ForeignModel:
    """Stands for the classes that a whole checkpoint pickles."""


def test_pickled_model_is_refused_with_the_way_out(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "whole.pt"
    torch.save({"model": ForeignModel()}, path)
    with pytest.raises(InputError, match="(?s)whole.pt: .*state_dict()"):
        read_tensors(path)


def test_other_content_is_named(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(InputError, match="list.pt: expected a dict.* got list"):
        read_tensors(tmp_path / "list.pt")
    torch.save({"epoch": 3}, tmp_path / "dict.pt")
    with pytest.raises(InputError, match="got a dictionary of int"):
        read_tensors(tmp_path / "dict.pt")
    np.savez(tmp_path / "empty.npz")
    with pytest.raises(InputError, match="empty.npz: expected tensors"):
        read_tensors(tmp_path / "empty.npz")
    np.savez(tmp_path / "objects.npz", a=np.array([None]))
    with pytest.raises(InputError, match="objects.npz: corrupted"):
        read_tensors(tmp_path / "objects.npz")
    with open(tmp_path / "bare.npz", "wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(InputError, match="bare.npz: expected named arrays"):
        read_tensors(tmp_path / "bare.npz")
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as file:
        file.writestr("notes.txt", "hello")
    with pytest.raises(InputError, match="zip.npz: notes.txt: expected a num"):
        read_tensors(tmp_path / "zip.npz")


def write(path):
    if path.suffix == ".npz":
        np.savez(path, **TENSORS)
    elif path.suffix == ".safetensors":
        save_file = pytest.importorskip("safetensors.numpy").save_file
        save_file(TENSORS, path)
    else:
        torch = pytest.importorskip("torch")
        torch.save({n: torch.tensor(a) for n, a in TENSORS.items()}, path)


@pytest.mark.parametrize("suffix", [".npz", ".pt", ".safetensors"])
@pytest.mark.parametrize("kept", [0, 1, 0.3, 0.9])
def test_truncated_files_are_one_clear_error(suffix, kept, tmp_path):
    path = tmp_path / f"a{suffix}"
    write(path)
    content = path.read_bytes()
    size = kept if isinstance(kept, int) else int(len(content) * kept)
    path.write_bytes(content[:size])
    with pytest.raises(InputError, match=f"a{suffix}: corrupted"):
        read_tensors(path)


@pytest.mark.parametrize("suffix", [".npz", ".pt", ".safetensors"])
def test_corrupted_bytes_raise_nothing_else(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    write(path)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(100):
        corrupted = bytearray(content)
        corrupted[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(corrupted)
        try:
            read_tensors(path)
        except InputError as error:
            assert f"a{suffix}: " in str(error)


def test_parameters_and_sparse_tensors(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "a.pt"
    torch.save({"w": torch.nn.Parameter(torch.ones(2))}, path)
    np.testing.assert_array_equal(read_tensors(path)["w"], [1, 1])
    torch.save({"w": torch.eye(2).to_sparse()}, path)
    with pytest.raises(InputError, match="a.pt: w: expected a dense tensor"):
        read_tensors(path)


@pytest.mark.parametrize("suffix", [".npz", ".pt", ".safetensors"])
def test_text_under_a_wrong_name(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    path.write_text("not a checkpoint")
    with pytest.raises(InputError, match=f"a{suffix}: corrupted"):
        read_tensors(path)


def test_missing_and_unknown_files(tmp_path):
    with pytest.raises(InputError, match="a.pt: expected a weights file"):
        read_tensors(tmp_path / "a.pt")
    with pytest.raises(InputError, match="expected a .pt, .pth, .npz"):
        read_tensors(tmp_path / "a.onnx")
