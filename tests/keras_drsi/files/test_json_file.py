"""A JSON file is read, or refused in one line."""

import pytest

from keras_drsi.errors import InputError
from keras_drsi.files.json_file import read_json, write_json


def test_content_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"name": "Zoë", "boxes": [1, 2.5]}', encoding="utf-8")
    assert read_json(path) == {"name": "Zoë", "boxes": [1, 2.5]}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000]
)
def test_other_content_is_refused(content, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="a.json: expected JSON") as refusal:
        read_json(path)
    assert "\n" not in str(refusal.value)


def test_missing_file_and_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="expected a readable JSON file"):
            read_json(path)


def test_what_is_written_is_read(tmp_path):
    write_json([{"score": 0.5}], tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == [{"score": 0.5}]


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="found.json: cannot be written"):
        write_json([], tmp_path / "file" / "found.json")
