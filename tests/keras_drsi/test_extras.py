import pytest

from keras_drsi import extras
from keras_drsi.errors import InputError


def test_what_is_missing_is_named_with_its_extra(monkeypatch):
    extras.check_installed("a command", ["json", "numpy"])
    with pytest.raises(
        InputError, match="a command: .* no_such to be .* none.$"
    ):
        extras.check_installed("a command", ["json", "no_such"])
    monkeypatch.setitem(extras.EXTRAS, "no_such", "training")
    with pytest.raises(InputError, match=r"none: .*'keras-drsi\[training\]'"):
        extras.check_installed("a command", ["no_such"])
