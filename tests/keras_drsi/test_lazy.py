import importlib
import sys

import pytest

PACKAGE = "lazy_package"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the modules `one`, with `first` and `one`, and `two`."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from keras_drsi.lazy import make_lazy\n"
        "make_lazy(__name__, {'one': ['first', 'one'], 'two': ['second']})\n"
    )
    (folder / "one.py").write_text("first, one = [1], [11]\n")
    (folder / "two.py").write_text("import no_such_package\nsecond = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module(PACKAGE)
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


def test_a_name_is_imported_when_it_is_used(package):
    assert f"{PACKAGE}.one" not in sys.modules
    assert package.first == [1]
    assert package.first is sys.modules[f"{PACKAGE}.one"].first
    assert "first" in vars(package)


def test_a_name_wins_over_the_module_of_that_name(package):
    importlib.import_module(f"{PACKAGE}.one")
    assert package.one == [11]


def test_dir_and_star(package):
    assert dir(package) == ["first", "one", "second", "two"]
    assert package.__all__ == ["first", "one", "second"]


def test_unknown_names(package):
    with pytest.raises(AttributeError, match="lazy_package.*'third'"):
        package.third
    with pytest.raises(ImportError, match="cannot import name 'third'"):
        exec(f"from {PACKAGE} import third")


def test_a_missing_package_is_named_with_its_extra(package, monkeypatch):
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        package.second
    monkeypatch.setitem(
        sys.modules["keras_drsi.extras"].EXTRAS, "no_such_package", "training"
    )
    with pytest.raises(
        ImportError,
        match=r"lazy_package.second needs .*: pip install 'keras-drsi\[train",
    ):
        package.second
