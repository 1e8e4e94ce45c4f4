"""Import a mutant in place of the module that it was made of."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType

from benchmarks.trust.mutants import REPOSITORY, mutated


def install(path: str, number: int) -> None:
    """Let later imports of a file get its mutant."""
    sys.meta_path.insert(0, _MutantFinder(path, number))


class _MutantFinder(MetaPathFinder):
    def __init__(self, path: str, number: int) -> None:
        self._path, self._number = path, number
        self._name = path.removesuffix(".py").replace("/", ".")

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _MutantLoader(fullname, spec.origin, self._path, self._number)
        return spec


class _MutantLoader(SourceFileLoader):
    def __init__(self, fullname: str, origin: str, path: str, number: int) -> None:
        super().__init__(fullname, origin)
        self._mutant = path, number

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        """Compile the mutant; compiled files of the module itself are not asked."""
        return compile(mutated(*self._mutant), str(REPOSITORY / self._mutant[0]), "exec")
