"""Packages that import their public names when they are first used."""

import importlib
import sys
import types

from keras_drsi.extras import install_hint


def make_lazy(package, sources):
    """Lets a package import each of its public names on first use.

    Importing the package then takes no time, and imports none of the
    libraries that only some of its names need.

    Args:
        package: name of the package, `__name__`.
        sources: dict of names of modules in the package, each with the list
            of public names it defines.

    Example:

    >>> make_lazy(__name__, {"oks": ["OKS"]})
    """
    module = sys.modules[package]
    module._modules = tuple(sources)
    module._sources = {
        name: source for source, names in sources.items() for name in names
    }
    module.__all__ = sorted(module._sources)
    module.__class__ = LazyPackage


class LazyPackage(types.ModuleType):
    """A package whose modules and public names are imported on first use."""

    def __getattr__(self, name):
        if name not in self._sources and name not in self._modules:
            raise AttributeError(
                f"module {self.__name__!r} has no attribute {name!r}"
            )
        found = self._import(name)
        # From now on it is an attribute like any other.
        super().__setattr__(name, found)
        return found

    def _import(self, name):
        source = self._sources.get(name, name)
        try:
            module = importlib.import_module(f"{self.__name__}.{source}")
        except ModuleNotFoundError as error:
            hint = install_hint(error.name)
            if not hint:
                raise
            raise ImportError(
                f"{self.__name__}.{name} needs the package {error.name}{hint}.",
                name=error.name,
            ) from error
        return getattr(module, name) if name in self._sources else module

    def __setattr__(self, name, value):
        # Importing the module `evaluate_model` would put it in the place of
        # the function of that name.
        if isinstance(value, types.ModuleType) and name in self._sources:
            return
        super().__setattr__(name, value)

    def __dir__(self):
        return sorted({*self._sources, *self._modules})
