import pytest

from keras_drsi.errors import InputError
from training import packages


def test_what_is_missing_is_named_with_its_extra(monkeypatch):
    packages.check_installed("a command", ["json", "numpy"])
    with pytest.raises(
        InputError, match="a command: .* no_such to be .* none.$"
    ):
        packages.check_installed("a command", ["json", "no_such"])
    monkeypatch.setitem(packages.EXTRAS, "no_such", "training")
    with pytest.raises(InputError, match=r"none: .*'.\[training\]'"):
        packages.check_installed("a command", ["no_such"])
