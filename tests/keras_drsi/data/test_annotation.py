import numpy as np
import pytest

from keras_drsi import KeypointSchema
from keras_drsi.data.annotation import check_annotation, check_count, quoted
from keras_drsi.data.report import Report
from keras_drsi.errors import InputError

SCHEMA = KeypointSchema.anonymous(2)
ENTRY = {
    "id": 5,
    "image_id": 9,
    "bbox": [10, 20, 30, 40],
    "area": 600,
    "keypoints": [11, 21, 2, 3, 4, 0],
    "iscrowd": 0,
}


def check(report=None, **values):
    return check_annotation(
        {**ENTRY, **values},
        SCHEMA,
        100,
        80,
        "file.json: annotation 5",
        report or Report("file.json"),
    )


def test_fields_become_arrays():
    annotation = check()
    assert (annotation.id, annotation.image_id) == (5, 9)
    np.testing.assert_array_equal(annotation.box, [10, 20, 40, 60])
    # What is not labelled has no place.
    np.testing.assert_array_equal(
        annotation.keypoints, [[11, 21, 2], [0, 0, 0]]
    )
    assert annotation.area == 600
    assert not annotation.is_ignored


def test_evaluation_ignores_crowds_and_persons_without_labels():
    assert check(keypoints=[0] * 6).is_ignored
    crowd = check(iscrowd=1, keypoints=None)
    assert crowd.is_ignored and not crowd.keypoints.any()


def test_missing_crowd_flag_means_a_person():
    entry = {name: ENTRY[name] for name in ENTRY if name != "iscrowd"}
    report = Report("file.json")
    assert not check_annotation(entry, SCHEMA, 100, 80, "f", report).is_crowd


def test_mended_values_are_reported():
    report = Report("file.json")
    check(report, bbox=[90, 20, 30, 40], keypoints=[200, 1, 2, 5, 5, 1])
    assert report.mended_annotations == 2
    assert report.lines[0].startswith("file.json: annotation 5: bbox: ")
    assert report.lines[1].startswith("file.json: annotation 5: keypoints: ")
    assert "100 x 80" in report.lines[0]


def test_error_names_file_annotation_field_and_value():
    with pytest.raises(InputError) as caught:
        check(bbox=[10, 20, -30, 40])
    assert str(caught.value) == (
        "file.json: annotation 5: bbox: expected a width and height >= 0, "
        "got [-30.0, 40.0]."
    )


@pytest.mark.parametrize("value", [0, 11, True, 1.0, "1", None])
def test_count_has_limits(value):
    assert check_count(10, 10, "here") == 10
    with pytest.raises(InputError, match="^here: expected an integer"):
        check_count(value, 10, "here")


def test_quoted_values_are_short():
    nested = []
    for _ in range(900):
        nested = [nested]
    for value in (nested, list(range(9999)), "x" * 9999, 10**4000):
        assert len(quoted(value)) < 100
