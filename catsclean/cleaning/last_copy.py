"""Copies of one picture: which belong together, and which one stays.

Never may all copies of a picture leave, whatever findings and decisions say together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from catsclean.core.model import Finding
from catsclean.duplicates.canonical import Copy, choose_kept, count_blemishes, keep_first


@dataclass(frozen=True, slots=True)
class CopyFacts:
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
    preferred: int = 0


def copy_groups(
    facts: Mapping[str, CopyFacts], pairs: Iterable[tuple[str, str]]
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


# validators whose findings say that a file has a copy of the same class: bytes or pixels are equal,
# or the pixels are proved to show the same
EQUAL: Final = frozenset({"exact-duplicate", "same-pixels"})
NEAR: Final = "near-duplicate"
COPY_VALIDATORS: Final = EQUAL | {NEAR}


class CopyGraph:
    """Which files are proved to be copies of which, by the findings.

    Files of equal bytes or pixels are one picture: what is proved of one of them holds for all.
    """

    def __init__(
        self,
        facts: Mapping[str, CopyFacts],
        findings: Iterable[Finding],
        validators: Collection[str] = COPY_VALIDATORS,
    ) -> None:
        """Read the findings about copies.

        Args:
            facts: By path; paths that are not there are left out.
            findings: All findings.
            validators: Those whose findings count.
        """
        self._equal = _Sets()
        self._near: defaultdict[str, set[str]] = defaultdict(set)
        ends: list[tuple[str, str]] = []
        self.paths: set[str] = set()
        for finding in findings:
            path = finding.path
            if path is None or path not in facts or finding.validator not in validators:
                continue
            for other in finding.related:
                if other in facts:
                    self.paths |= {path, other}
                    if finding.validator in EQUAL:
                        self._equal.join(path, other)
                    else:
                        ends.append((path, other))
        for one, other in ends:
            first, second = self.picture(one), self.picture(other)
            if first != second:
                self._near[first].add(second)
                self._near[second].add(first)
        self._files: defaultdict[str, set[str]] = defaultdict(set)
        for path in self.paths:
            self._files[self.picture(path)].add(path)

    def picture(self, path: str) -> str:
        """Give the path that stands for all files of equal bytes or pixels."""
        return self._equal.find(path)

    def files(self, picture: str) -> set[str]:
        """Give the files of a picture."""
        return self._files[picture]

    def near(self, picture: str) -> set[str]:
        """Give the pictures that a picture has a proved pair with."""
        return self._near[picture]

    def partners(self, path: str) -> set[str]:
        """Give the files that a file is proved to be a copy of."""
        if path not in self.paths:
            return set()
        own = self.picture(path)
        found = {other for near in self._near[own] | {own} for other in self._files[near]}
        return found - {path}


def stay_for_others(
    paths: Collection[str], graph: CopyGraph, facts: Mapping[str, CopyFacts]
) -> set[str]:
    """Choose which of some copies have to stay, so that each other one has a proved pair with one.

    Args:
        paths: Files whose copies all leave.
        graph: What is proved.
        facts: By path.
    """
    listed = sorted(paths)
    place = {path: at for at, path in enumerate(listed)}
    pairs = [
        (at, place[other])
        for path, at in place.items()
        for other in graph.partners(path)
        if other in place
    ]
    chosen = choose_kept([_copy(path, facts[path]) for path in listed], pairs)
    return {listed[at] for at, kept in enumerate(chosen) if at == kept}


def best(paths: Collection[str], facts: Mapping[str, CopyFacts]) -> str:
    """Choose the copy that stays, by :data:`catsclean.duplicates.canonical.KEEP_RULE`."""
    listed = sorted(paths)
    copies = [_copy(path, facts[path]) for path in listed]
    return listed[keep_first(copies)[0]]


def _copy(path: str, fact: CopyFacts) -> Copy:
    return Copy(
        path,
        fact.split,
        fact.pixels,
        fact.size_bytes,
        fact.refused,
        fact.warned,
        count_blemishes(path, fact.format or "", fact.orientation or 0),
        fact.resaved,
        fact.preferred,
    )


def spare_one(
    selected: Collection[str],
    decided: Collection[str],
    useless: Collection[str],
    groups: Mapping[str, list[str]],
    facts: Mapping[str, CopyFacts],
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
