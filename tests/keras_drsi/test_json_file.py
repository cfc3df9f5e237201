"""A JSON file is read, or refused in one line."""

import pytest

from keras_drsi.errors import InputError
from keras_drsi.json_file import read_json


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
