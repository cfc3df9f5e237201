import pytest

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import check_is_new, new_file


def test_is_complete_or_absent(tmp_path):
    path = tmp_path / "made" / "a.txt"
    with pytest.raises(RuntimeError), new_file(path) as unfinished:
        unfinished.write_text("half")
        raise RuntimeError
    assert not list(path.parent.iterdir())

    with new_file(path) as unfinished:
        unfinished.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_taken_name_is_refused(tmp_path):
    check_is_new(tmp_path / "a.txt")
    # A link to nothing is something of the user's, too.
    (tmp_path / "a.txt").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="a.txt: already exists"):
        check_is_new(tmp_path / "a.txt")


def test_names_the_file_that_cannot_be_written(tmp_path):
    (tmp_path / "a").write_text("")
    with (
        pytest.raises(InputError, match="b.txt: cannot be written"),
        new_file(tmp_path / "a" / "b.txt"),
    ):
        pass
