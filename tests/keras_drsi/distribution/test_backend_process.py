import pytest

from keras_drsi.distribution.backend_process import run_under
from keras_drsi.errors import InputError

PROBE = "keras_drsi.evaluation.backend_probe"


def test_gives_what_was_printed():
    assert "usage" in run_under("torch", PROBE, "--help")


def test_input_at_fault_is_the_same_line(tmp_path):
    with pytest.raises(InputError) as raised:
        run_under(
            *("torch", PROBE, "--folder", tmp_path),
            *("--preset", "drsi_net", "--input-size", 64),
        )
    assert str(raised.value).startswith("unknown preset 'drsi_net', did you ")


def test_another_failure_shows_its_end():
    with pytest.raises(InputError, match="under torch failed: .*No module"):
        run_under("torch", "keras_drsi.no_such_module")
