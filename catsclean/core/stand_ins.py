"""Folders that stand for a data set elsewhere, such as in a bucket.

Code that reads a data set knows folders and files only.  So a data set in a bucket gets a
*stand-in*: a private folder in which its files appear when somebody wants to read them, and from
which they vanish again.  This module is where readers ask for them.  For a real folder, all of this
does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, Protocol


class Absence(NamedTuple):
    """Why a file could not be brought.

    Attributes:
        outcome: How reading it ends: a :class:`~catsclean.core.evidence.Outcome`.
        detail: The reason, safe to show.
    """

    outcome: str
    detail: str


class Brought(Protocol):
    """Brings the files of some items, chunk by chunk."""

    def hold(self, chunk: range) -> None:
        """Wait until the files of a chunk are there, as far as they can be brought.

        May be called again for a part of a chunk.

        Raises:
            DatasetError: Nothing can be brought any more.
        """

    def release(self, chunk: range) -> None:
        """Let the files of a chunk go; those that other chunks hold stay."""

    def absent(self, position: int) -> Absence | None:
        """Return why the first file of an item is not there; None: it was brought."""


class Supply(Protocol):
    """Brings files into a stand-in."""

    def bring(
        self, chunks: Sequence[range], files_of: Callable[[int], Iterable[str]], max_bytes: int
    ) -> AbstractContextManager[Brought]:
        """Bring the files of some items, as :func:`bringing` does."""

    def hold_one(self, path: str, max_bytes: int) -> AbstractContextManager[Absence | None]:
        """Bring one file for the duration of a block; yield why it is not there."""


class _StandIn(NamedTuple):
    shown: str
    supply: Supply | None


class _Nothing:
    """Stands for the supply of a real folder: its files are there."""

    def hold(self, chunk: range) -> None:
        pass

    def release(self, chunk: range) -> None:
        pass

    def absent(self, _position: int) -> Absence | None:
        return None


_known: dict[str, _StandIn] = {}


def register(folder: Path, shown: str, supply: Supply | None = None) -> None:
    """Let a folder stand for something that users know by another name.

    Args:
        folder: The folder, absolute.
        shown: What it stands for, such as ``s3://bucket/PetImages``; safe to show.
        supply: Brings its files; None: they are there already.
    """
    _known[os.fspath(folder)] = _StandIn(shown, supply)


def forget(folder: Path) -> None:
    """End what :func:`register` began."""
    _known.pop(os.fspath(folder), None)


def shown(path: str | os.PathLike[str]) -> str:
    """Return what to show for a folder or a file below it: what it stands for, else the path."""
    native = os.fspath(path)
    for folder, stand_in in _known.items():
        if native == folder:
            return stand_in.shown
        if native.startswith(folder + os.sep):
            return f"{stand_in.shown}/{Path(native[len(folder) + 1 :]).as_posix()}"
    return native


def is_stand_in(folder: str | os.PathLike[str]) -> bool:
    """Return whether a folder stands for something elsewhere."""
    return os.fspath(folder) in _known


@contextmanager
def bringing(
    folder: str | os.PathLike[str],
    chunks: Sequence[range],
    files_of: Callable[[int], Iterable[str]],
    max_bytes: int,
) -> Iterator[Brought]:
    """Bring the files that chunks of items need, shortly before they are needed.

    Args:
        folder: The data set.
        chunks: The chunks, in the order in which they will be asked for.
        files_of: Returns the files (escaped paths) that an item needs.
        max_bytes: A larger file is not brought.
    """
    supply = _supply_of(folder)
    if supply is None:
        yield _Nothing()
        return
    with supply.bring(chunks, files_of, max_bytes) as brought:
        yield brought


@contextmanager
def bringing_ahead(
    folder: str | os.PathLike[str], paths: Iterable[str], max_bytes: int
) -> Iterator[None]:
    """Bring files that will be read one after the other, several at a time.

    Args:
        folder: The data set.
        paths: The files (escaped paths), in the order in which they will be read.
        max_bytes: A larger file is not brought.
    """
    listed = list(dict.fromkeys(paths)) if _supply_of(folder) is not None else []
    with bringing(folder, [range(len(listed))], lambda n: (listed[n],), max_bytes):
        yield


def holding(
    folder: str | os.PathLike[str], path: str, max_bytes: int
) -> AbstractContextManager[Absence | None]:
    """Bring one file (escaped path) for the duration of a block; yield why it is not there."""
    supply = _supply_of(folder) if _known else None
    return nullcontext() if supply is None else supply.hold_one(path, max_bytes)


def note_absent(columns: dict[str, list[Any]], chunk: range, brought: Brought) -> None:
    """Put into the evidence of a chunk why files could not be brought.

    Args:
        columns: Evidence of each file; ``outcome`` and ``outcome_detail`` are replaced.
        chunk: Positions of the files.
        brought: What brought them.
    """
    for row, position in enumerate(chunk):
        absence = brought.absent(position)
        if absence is not None:
            columns["outcome"][row] = str(absence.outcome)
            columns["outcome_detail"][row] = absence.detail


def _supply_of(folder: str | os.PathLike[str]) -> Supply | None:
    found = _known.get(os.fspath(folder))
    return None if found is None else found.supply
