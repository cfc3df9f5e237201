import pytest

from keras_drsi.errors import InputError
from training.backend_process import run_under


def test_gives_what_was_printed():
    assert "usage" in run_under("torch", "training.shrink", "--help")


def test_input_at_fault_is_the_same_line(tmp_path):
    with pytest.raises(InputError) as raised:
        run_under(
            *("torch", "training.shrink", tmp_path / "nothing.keras"),
            *("--out", tmp_path / "out.keras"),
        )
    assert str(raised.value) == (
        f"{tmp_path}/nothing.keras: expected a weights file, found none."
    )


def test_another_failure_shows_its_end():
    with pytest.raises(InputError, match="under torch failed: .*No module"):
        run_under("torch", "training.no_such_command")
