"""Something to be done around the import of another package."""

import importlib.abc
import sys


def wrap_import(name, context):
    """Runs the import of a package, once it comes, within a context.

    Args:
        name: name of the package. Nothing happens if it is imported already.
        context: function that gives a context manager.
    """
    sys.meta_path.insert(0, _Finder(name, context))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name, context):
        self.name = name
        self.context = context

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        for finder in others:
            if spec := finder.find_spec(name, path, target):
                spec.loader = _Loader(spec.loader, self.context)
                return spec
        return None


class _Loader(importlib.abc.Loader):
    """A package's own loader, within a context."""

    def __init__(self, loader, context):
        self.loader = loader
        self.context = context

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        with self.context():
            self.loader.exec_module(module)
