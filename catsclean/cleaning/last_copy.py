"""Copies of one picture: which belong together, and which one stays.

Never may all copies of a picture leave, whatever findings and decisions say together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from catsclean.core.groups import connected
from catsclean.core.model import Finding, Sample
from catsclean.duplicates.canonical import choose_kept, keep_first
from catsclean.validators.base import CopyKind
from catsclean.validators.registry import validator_of


def copy_groups(
    samples: Mapping[str, Sample], pairs: Iterable[tuple[str, str]]
) -> dict[str, list[str]]:
    """Put together what is a copy of what: same bytes, same group, or named together by a finding.

    Args:
        samples: By path.
        pairs: Paths that a finding about copies names together.

    Returns:
        For every path that has a copy, the sorted paths of all of them, itself included.
    """
    alike: list[tuple[str, str]] = []
    seen: dict[tuple[str, str], str] = {}
    for path, sample in samples.items():
        for kind, value in (("sha256", sample.sha256), ("group", sample.group)):
            if value:
                alike.append((path, seen.setdefault((kind, value), path)))
    alike += [pair for pair in pairs if pair[0] in samples and pair[1] in samples]
    return {path: group for group in _joined(alike) if len(group) > 1 for path in group}


def _joined(pairs: Iterable[tuple[str, str]]) -> Collection[list[str]]:
    """Return the paths that pairs connect, sorted."""
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for path, group in sorted(connected(pairs).items()):
        groups[group].append(path)
    return groups.values()


_EQUAL: Final = frozenset({CopyKind.SAME_BYTES, CopyKind.SAME_PIXELS})
WITHIN_CLASS: Final = frozenset(kind for kind in CopyKind if kind.within_class)


class CopyGraph:
    """Pairs of files that the findings prove to be copies.

    Files of equal bytes or pixels are one picture: what is proved of one of them holds for all.
    """

    def __init__(
        self,
        samples: Mapping[str, Sample],
        findings: Iterable[Finding],
        kinds: Collection[CopyKind] = WITHIN_CLASS,
    ) -> None:
        """Read the findings about copies.

        Args:
            samples: By path; paths that are not there are left out.
            findings: All findings.
            kinds: The kinds of copies that count.
        """
        self._near: defaultdict[str, set[str]] = defaultdict(set)
        equal: list[tuple[str, str]] = []
        ends: list[tuple[str, str]] = []
        self.paths: set[str] = set()
        for finding in findings:
            path, kind = finding.path, validator_of(finding.validator).copies
            if path is None or path not in samples or kind not in kinds:
                continue
            for other in finding.related:
                if other in samples:
                    self.paths |= {path, other}
                    if kind in _EQUAL:
                        equal.append((path, other))
                    else:
                        ends.append((path, other))
        # the first name of a picture's files stands for it
        self._picture = {path: group[0] for group in _joined(equal) for path in group}
        for one, other in ends:
            first, second = self.picture(one), self.picture(other)
            if first != second:
                self._near[first].add(second)
                self._near[second].add(first)
        self._files: defaultdict[str, set[str]] = defaultdict(set)
        for path in self.paths:
            self._files[self.picture(path)].add(path)

    def picture(self, path: str) -> str:
        """Return the path that stands for all files of equal bytes or pixels."""
        return self._picture.get(path, path)

    def files(self, picture: str) -> set[str]:
        """Return the files of a picture."""
        return self._files[picture]

    def near(self, picture: str) -> set[str]:
        """Return the pictures that a picture has a proved pair with."""
        return self._near[picture]

    def partners(self, path: str) -> set[str]:
        """Return the files that a file is proved to be a copy of."""
        if path not in self.paths:
            return set()
        own = self.picture(path)
        found = {other for near in self._near[own] | {own} for other in self._files[near]}
        return found - {path}


def stay_for_others(
    paths: Collection[str], graph: CopyGraph, samples: Mapping[str, Sample]
) -> set[str]:
    """Choose which of some copies have to stay, so that each other one has a proved pair with one.

    Args:
        paths: Files whose copies all leave.
        graph: What is proved.
        samples: By path.
    """
    listed = sorted(paths)
    place = {path: at for at, path in enumerate(listed)}
    pairs = [
        (at, place[other])
        for path, at in place.items()
        for other in graph.partners(path)
        if other in place
    ]
    chosen = choose_kept([samples[path] for path in listed], pairs)
    return {listed[at] for at, kept in enumerate(chosen) if at == kept}


def best(paths: Collection[str], samples: Mapping[str, Sample]) -> str:
    """Choose the copy that stays, by :data:`catsclean.duplicates.canonical.KEEP_RULE`."""
    return keep_first([samples[path] for path in paths])[0].path


def spare_one(
    selected: Collection[str],
    decided: Collection[str],
    useless: Collection[str],
    groups: Mapping[str, list[str]],
    samples: Mapping[str, Sample],
) -> set[str]:
    """Find the files that must stay although they were selected: the last copy of each group.

    Args:
        selected: Paths that are to leave.
        decided: Those of them that a person decided; another copy is spared first.
        useless: Paths that no copy can be counted by: empty, damaged, no picture.
        groups: As :func:`copy_groups` gives them.
        samples: By path.
    """
    spared: set[str] = set()
    leaving, chosen, ruined = set(selected), set(decided), set(useless)
    for group in {id(group): group for group in groups.values()}.values():
        copies = [path for path in group if path not in ruined]
        if not copies or not leaving.issuperset(copies):
            continue
        undecided = [path for path in copies if path not in chosen]
        spared.add(best(undecided or copies, samples))
    return spared
