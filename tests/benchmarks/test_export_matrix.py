import cv2
import numpy as np
import pytest

from benchmarks.export_matrix import (
    INPUT_SIZE,
    PEOPLE,
    PRESET,
    SAME,
    SURE,
    Comparison,
    compare_export,
    comparison_line,
    crowded_pictures,
    keras_reference,
    people_line,
)
from keras_drsi.formats import FORMATS
from keras_drsi.models.presets import find_preset
from tests.documented_programs import documented_programs

# What the README calls an exported file.
README_FILES = {
    "onnx": "my.onnx",
    "saved_model": "my_model",
    "litert": "my.tflite",
    "openvino": "my_openvino",
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return keras_reference(
        "torch",
        find_preset(PRESET).weights.path(),
        crowded_pictures(PEOPLE, INPUT_SIZE),
        tmp_path_factory.mktemp("reference"),
    )


def test_people_are_found(reference):
    found = (reference.poses["scores"] > SURE).sum(axis=1)
    assert found[0] >= 1 and found[1] >= 4 and found[2] >= 20
    assert people_line(reference).startswith(
        "torch: pictures of 1, 5, 30 people"
    )


@pytest.fixture(scope="module")
def exports(reference, tmp_path_factory):
    """A folder with a file of every format, and how each compares."""
    folder = tmp_path_factory.mktemp("exports")
    rows = {}
    for name in FORMATS:
        (folder / name).mkdir()
        rows[name] = compare_export(name, True, None, reference, folder / name)
    return folder, rows


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_keeps_the_poses_keras_keeps(name, reference, exports):
    row = exports[1][name]
    assert row.refusal is None
    assert row.kept == tuple(reference.poses["count"])
    assert row.same_poses
    assert row.difference < 1e-3


def test_the_guides_programs(reference, exports, tmp_path, monkeypatch):
    """Each block of the guide, as it stands there, one after the other."""
    photo = reference.pictures[1]
    cv2.imwrite(str(tmp_path / "photo.png"), photo[..., ::-1])
    (tmp_path / "photo.png").rename(tmp_path / "photo.jpg")
    for name, file in README_FILES.items():
        place = exports[0] / name / f"exported{FORMATS[name].suffix}"
        (tmp_path / file).symlink_to(place)
    monkeypatch.chdir(tmp_path)
    names, found = {}, {}
    for program in documented_programs("docs/guides/deploying.md", "Run it"):
        exec(program, names)
        (name,) = [n for n, file in README_FILES.items() if file in program]
        found[name] = np.asarray(names["poses"]["keypoints"])[0]
        assert names["poses"]["count"][0] == reference.poses["count"][1]
    assert list(found) == list(FORMATS)
    for keypoints in (*found.values(), names["in_the_photo"]):
        count = reference.poses["count"][1]
        np.testing.assert_allclose(
            keypoints[:count, :, :2],
            reference.poses["keypoints"][1, :count, :, :2],
            atol=SAME,
        )


def test_lines():
    cell = "onnx", "jax"
    raw = Comparison(*cell, False, 1, 2e-6)
    same = Comparison(*cell, True, None, 1e-6, 1e-4, (1, 5, 30))
    other = Comparison(*cell, True, None, 1e-6, np.inf, (1, 5, 29))
    refused = Comparison(*cell, True, None, np.nan, refusal="no such file")
    assert comparison_line(raw).split() == [*cell, "raw", "1", "2.0e-06"]
    assert comparison_line(same).endswith("1.0e-04  same: 1, 5, 30")
    assert comparison_line(other).endswith("inf  DIFFER: 1, 5, 29")
    assert comparison_line(refused).endswith("any      no such file")
