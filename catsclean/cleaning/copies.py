"""Copies of one picture: which belong together, and which one stays.

Never may all copies of a picture leave, whatever findings and decisions say together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catsclean.duplicates.keeping import Copy, count_blemishes, keep_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Facts:
    """What the manifest says of one sample, as far as cleaning needs it."""

    sha256: str | None
    size_bytes: int
    pixels: int
    group: str | None
    status: str
    reason: str | None
    split: str | None = None
    format: str | None = None
    orientation: int | None = None
    refused: bool = False
    warned: bool = False
    resaved: bool = False


def copy_groups(
    facts: Mapping[str, Facts], pairs: Iterable[tuple[str, str]]
) -> dict[str, list[str]]:
    """Put together what is a copy of what: same bytes, same group, or named together by a finding.

    Args:
        facts: By path.
        pairs: Paths that a finding about copies names together.

    Returns:
        For every path that has a copy, the sorted paths of all of them, itself included.
    """
    sets = _Sets()
    seen: dict[tuple[str, str], str] = {}
    for path, fact in facts.items():
        for kind, value in (("sha256", fact.sha256), ("group", fact.group)):
            if value is not None:
                sets.join(path, seen.setdefault((kind, value), path))
    for one, other in pairs:
        if one in facts and other in facts:
            sets.join(one, other)
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(facts):
        groups[sets.find(path)].append(path)
    return {path: group for group in groups.values() if len(group) > 1 for path in group}


class _Sets:
    """Disjoint sets of paths; the first name of a set stands for it."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, key: str) -> str:
        top = key
        while (following := self._above.get(top, top)) != top:
            top = following
        while (following := self._above.get(key, key)) != top:
            self._above[key], key = top, following
        return top

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        if first != second:
            self._above[second] = first


def best(paths: Collection[str], facts: Mapping[str, Facts]) -> str:
    """Choose the copy that stays, by :data:`catsclean.duplicates.keeping.KEEP_RULE`."""
    listed = sorted(paths)
    copies = [_copy(path, facts[path]) for path in listed]
    return listed[keep_first(copies)[0]]


def _copy(path: str, fact: Facts) -> Copy:
    return Copy(
        path,
        fact.split,
        fact.pixels,
        fact.size_bytes,
        fact.refused,
        fact.warned,
        count_blemishes(path, fact.format or "", fact.orientation or 0),
        fact.resaved,
    )


def spare_one(
    selected: Collection[str],
    decided: Collection[str],
    useless: Collection[str],
    groups: Mapping[str, list[str]],
    facts: Mapping[str, Facts],
) -> set[str]:
    """Find the files that must stay although they were selected: the last copy of each group.

    Args:
        selected: Paths that are to leave.
        decided: Those of them that a person decided; another copy is spared first.
        useless: Paths that no copy can be counted by: empty, damaged, no picture.
        groups: As :func:`copy_groups` gives them.
        facts: By path.
    """
    spared: set[str] = set()
    leaving, chosen, ruined = set(selected), set(decided), set(useless)
    for group in {id(group): group for group in groups.values()}.values():
        copies = [path for path in group if path not in ruined]
        if not copies or not leaving.issuperset(copies):
            continue
        undecided = [path for path in copies if path not in chosen]
        spared.add(best(undecided or copies, facts))
    return spared
