import pytest

from keras_drsi import InputError
from keras_drsi.files.output_folder import new_output_folder


def test_new_and_empty_folders(tmp_path):
    assert new_output_folder(tmp_path / "a" / "b").is_dir()
    assert new_output_folder(tmp_path / "a" / "b").is_dir()


def test_existing_content_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        new_output_folder(tmp_path)
    with pytest.raises(InputError, match="already exists"):
        new_output_folder(tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_folder_of_somebody_else(tmp_path, monkeypatch):
    def exists(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.exists", exists)
    with pytest.raises(InputError, match="mine: cannot be created: .*denied"):
        new_output_folder(tmp_path / "mine")


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be created"):
        new_output_folder(tmp_path / "file" / "folder")
