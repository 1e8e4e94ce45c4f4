"""Modules that load when they are first used, so that the help of a command loads nothing heavy.

A command's file imports modules of the library at its top, as any file does, and
:func:`lazy_imports` makes them wait.  Python 3.15 has this as ``lazy import``.  It works for
modules, not for names: ``from catsclean.reports import tally`` waits, ``from
catsclean.reports.tally import found`` loads the module at once.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

_LAZY: Final = frozenset({"catsclean", "rich"})
_LOCK: Final = threading.RLock()
# for each module that waits: what loads it, and its folders if it is a package
_WAITING: Final[dict[str, tuple[Loader, Any]]] = {}


class _LazyModule(ModuleType):
    """A module that loads when it is asked for a name it does not have yet.

    :class:`importlib.util.LazyLoader` would load it as soon as it is imported a second time.
    """

    def __getattr__(self, name: str) -> Any:
        with _LOCK:
            if self.__name__ in _WAITING:
                loader, folders = _WAITING.pop(self.__name__)
                if folders is not None:
                    self.__path__ = folders
                # what a module of the command line imports waits, too
                program = self.__name__.startswith(f"{__package__}.")
                with lazy_imports() if program else nullcontext():
                    loader.exec_module(self)
                self.__class__ = ModuleType  # type: ignore[assignment]
        return ModuleType.__getattribute__(self, name)


class _LazyLoader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _LazyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module empty until it is used."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        # without its folders a package is asked for them, and loads, before a module in it does
        _WAITING[module.__name__] = (self._loader, module.__dict__.pop("__path__", None))


class _LazyFinder:
    """Finds modules as Python does, and gives them a loader that waits."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] not in _LAZY:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LazyLoader(spec.loader)
        return spec


@contextmanager
def lazy_imports() -> Iterator[None]:
    """Let modules that are imported in this block load when they are first used."""
    sys.meta_path.insert(0, _LazyFinder)
    try:
        yield
    finally:
        sys.meta_path.remove(_LazyFinder)
