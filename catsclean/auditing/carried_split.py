"""Carry the split that was saved last over to the manifest of a new audit.

Each sample whose path and bytes are as they were keeps its split; one that changed is as good as
new.  If the audit found that pictures of two splits are copies of one another, no sample keeps its
split: then another split decides about all of them.  In a data set with split folders of its own,
these must be the ones that the split was made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import pyarrow as pa

from catsclean.core.manifest import Manifest, read_parquet
from catsclean.core.model import Status
from catsclean.core.split_names import ASKED, FOUND, GROUPED, found_in
from catsclean.core.state import StateFolder
from catsclean.core.text import count

_COMPARED: Final = ["path", "sha256", "split", "group", "status"]
_NEEDED: Final = ["path", "sha256", "split", "group", ASKED]
_Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class CarriedSplit:
    """What became of the saved split.

    Attributes:
        carried: Number of samples that keep their split.
        usable: Number of samples that a split could have.
        new: Number of those that the saved split does not know, by path or by bytes.
        why: Why no sample keeps its split; empty if they do.
    """

    carried: int
    usable: int
    new: int
    why: str = ""


def carry_split(manifest: Manifest, state: StateFolder) -> tuple[Manifest, dict[str, Any]]:
    """Add the saved split to a new manifest.

    Args:
        manifest: The samples, with their status.
        state: The state folder, which holds the saved split.

    Returns:
        The manifest; and a :class:`CarriedSplit` as a dict, empty if no split was saved.
    """
    saved = _read(state)
    if saved is None:
        return manifest, {}
    table, now = manifest.packed, manifest.lists(_COMPARED)
    at = {path: row for row, path in enumerate(saved["path"])}
    rows = [
        row if (row := at.get(path)) is not None and saved["sha256"][row] == digest else None
        for path, digest in zip(now["path"], now["sha256"], strict=True)
    ]
    usable = [one != Status.DROP.value for one in now["status"]]
    new = sum(row is None and use for row, use in zip(rows, usable, strict=True))
    kept = [
        row if use and row is not None and saved[ASKED][row] and saved["split"][row] else None
        for row, use in zip(rows, usable, strict=True)
    ]
    why = _why_none(now, saved, kept)
    found = CarriedSplit(0 if why else len(kept) - kept.count(None), usable.count(True), new, why)
    if not found.carried:
        return manifest, asdict(found)
    for name in ("split", ASKED, *([GROUPED] if GROUPED in saved else ())):
        values = [None if row is None else saved[name][row] for row in kept]
        if name in table.column_names:
            place = table.column_names.index(name)
            column = pa.array(values, pa.string()).cast(table.schema.field(name).type)
            table = table.set_column(place, name, column)
        else:
            table = table.append_column(name, pa.array(values, pa.string()))
    if any(now["split"]):
        table = table.append_column(FOUND, pa.array(now["split"], pa.string()))
    return Manifest(table, manifest.root, manifest.audit_id), asdict(found)


def say_carried(found: Mapping[str, Any], split: str, forget: str) -> str:
    """Say in one line what became of the saved split; empty if there is none.

    Args:
        found: As :func:`carry_split` returns it.
        split: The command, or the call, that splits again.
        forget: That which forgets the split.
    """
    if not found:
        return ""
    carried = CarriedSplit(**found)
    if not carried.carried:
        why = carried.why or "none of its pictures is as it was"
        return f"The saved split is not in the manifest any more: {why}. Split again: {split}."
    said = f"{carried.carried:,} of {count(carried.usable, 'sample')} keep their saved split"
    if not carried.new:
        return f"{said}. To forget it: {forget}."
    new = count(carried.new, "new or changed one has", "new or changed ones have")
    return f"{said}, {new} none. To add {'it' if carried.new == 1 else 'them'}: {split}."


def _why_none(now: _Columns, saved: _Columns, kept: Sequence[int | None]) -> str:
    """Say why no sample may keep its split; empty if all may."""
    where = zip(kept, found_in(now), strict=True)
    if any(row is not None and saved[FOUND][row] != folder for row, folder in where):
        return "the folders of the data set say other splits than when it was made"
    groups: dict[str, list[int]] = {}
    for row, group in zip(kept, now["group"], strict=True):
        if row is not None and group:
            groups.setdefault(group, []).append(row)
    if divided := sum(_is_divided(saved, rows) for rows in groups.values()):
        return f"{count(divided, 'group')} of copies would be divided"
    return ""


def _is_divided(saved: _Columns, rows: Sequence[int]) -> bool:
    """Return whether copies lie in several splits, unless the split was asked to divide them."""
    before = {saved["group"][row] or None for row in rows}
    return len({saved["split"][row] for row in rows}) > 1 and (len(before) > 1 or None in before)


def _read(state: StateFolder) -> _Columns | None:
    """Read the split that was saved last; None if there is none, or if it cannot be read."""
    if not state.exists(state.split):
        return None
    try:
        table = read_parquet(state.split, [*_NEEDED, FOUND, GROUPED])
    except (OSError, ValueError, pa.ArrowException):
        return None  # the next split reports it
    found = {name: table.column(name).to_pylist() for name in table.column_names}
    if not found.keys() >= set(_NEEDED):
        return None
    return {**found, FOUND: found_in(found)}
