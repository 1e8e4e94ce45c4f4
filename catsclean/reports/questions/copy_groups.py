"""Groups of pictures that are copies of one another, each with the choice of what to keep."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from catsclean.core.groups import connected
from catsclean.core.model import Finding
from catsclean.duplicates.canonical import rank
from catsclean.reports.questions.picture_facts import PictureFacts
from catsclean.validators.base import CopyKind
from catsclean.validators.registry import validator_of

# what the heading of a group says
_TITLES: Final = {
    CopyKind.OTHER_LABEL: "The same picture under different labels: at least one label is wrong",
    CopyKind.ALTERED: "Nearly the same picture",
    CopyKind.SAME_PIXELS: "The same pixels in different files",
    CopyKind.SAME_BYTES: "The same bytes, the same class",
}
MAX_MEMBERS: Final = 24


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One picture of a group.

    Attributes:
        facts: What is known of it.
        best: It is the copy that the rule would keep.
        distance: Bits of 256 in which its hash differs from the best copy's, None if not known.
        message: What the finding about it says; empty where no finding is about it.
        differing: Names of the facts in which it differs from the best one.
    """

    facts: PictureFacts
    best: bool
    distance: int | None
    message: str
    differing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that belong together.

    Attributes:
        conflict: They have different labels, and nobody knows which is right.
        validator: The gravest of the validators that joined them.
        validators: All of them, gravest first.
        title: What they have in common.
        severity: ``error``, ``warning`` or ``note``.
        members: Best first.
        total: Number of pictures in the group, shown or not.
        preselected: Nothing but exact copies in one class, none of them decided about: the page
            proposes to keep the best.
    """

    conflict: bool
    validator: str
    validators: tuple[str, ...]
    title: str
    severity: str
    members: tuple[GroupMember, ...]
    total: int
    preselected: bool

    @property
    def open(self) -> tuple[GroupMember, ...]:
        """The members that can be decided about."""
        return tuple(member for member in self.members if member.facts.decidable)

    @property
    def asks(self) -> bool:
        """Whether there is something to choose: two or more are in their places."""
        return len(self.open) > 1

    @property
    def kept(self) -> bool:
        """Whether a person decided to keep all of them."""
        return all(member.facts.kept for member in self.open)

    @property
    def leaving(self) -> int:
        """Number of members that ``clean --apply`` sets aside without being told to."""
        return sum(bool(member.facts.leaves) for member in self.open)


def is_about_copies(validator: str) -> bool:
    """Tell whether the findings of a validator name copies of a picture."""
    return validator_of(validator).copies is not None


def gravest_first(validators: Iterable[str]) -> list[str]:
    """Return the validators whose findings name copies, the gravest kind of copy first."""
    ranks = {
        name: kind.rank
        for name in set(validators)
        if (kind := validator_of(name).copies) is not None
    }
    return sorted(ranks, key=lambda name: (ranks[name], name))


def group_copies(
    findings: Iterable[Finding], facts: dict[str, PictureFacts], most: int = MAX_MEMBERS
) -> list[Group]:
    """Put together what findings about copies name together; the gravest groups come first.

    Args:
        findings: All findings; those of other validators are left out.
        facts: By path, of every path that a finding names.
        most: The most members of a group that are returned.
    """
    about = [
        f for f in findings if is_about_copies(f.validator) and f.path is not None and f.related
    ]
    order = gravest_first(f.validator for f in about)
    groups = [_group(own, facts, most) for own in _components(about)]
    return sorted(
        groups, key=lambda group: (order.index(group.validator), group.members[0].facts.sample.path)
    )


def _components(findings: list[Finding]) -> list[list[Finding]]:
    component = connected((f.path or "", other) for f in findings for other in f.related)
    members: dict[int, list[Finding]] = {}
    for finding in findings:
        members.setdefault(component[finding.path or ""], []).append(finding)
    return list(members.values())


def _group(findings: list[Finding], facts: dict[str, PictureFacts], most: int) -> Group:
    paths = {path for f in findings for path in (f.path or "", *f.related)}
    # the copies that the findings suggest to keep come first: these know what the pixels showed
    kinds = {f.validator: validator_of(f.validator).copies for f in findings}
    leaving = {f.path for f in findings if (kind := kinds[f.validator]) and kind.within_class}
    ordered = sorted(
        (facts[path] for path in paths),
        key=lambda one: (one.sample.path in leaving, rank(one.sample), one.sample.path),
    )
    best = ordered[0]
    validators = gravest_first(kinds)
    gravest = next(f for f in findings if f.validator == validators[0])
    kind = kinds[gravest.validator] or CopyKind.ALTERED
    messages: dict[str, str] = {}
    for finding in findings:
        messages.setdefault(finding.path or "", finding.message)
    members = tuple(
        GroupMember(
            one,
            one is best,
            best.distance(one),
            _shorten(messages.get(one.sample.path, ""), one, ordered[:most]),
            _differing(one, best, kind),
        )
        for one in ordered[:most]
    )
    exact = (
        set(kinds.values()) == {CopyKind.SAME_BYTES}
        and len({one.sample.sha256 for one in ordered}) == 1
        and len({one.sample.label for one in ordered}) == 1
        and bool(best.sample.sha256)
        and len(members) == len(ordered)
        and not any(one.kept or one.aside for one in ordered)
    )
    return Group(
        conflict=kind is CopyKind.OTHER_LABEL,
        validator=gravest.validator,
        validators=tuple(validators),
        title=_TITLES[kind],
        severity=gravest.severity.value,
        members=members,
        total=len(ordered),
        preselected=exact,
    )


def _differing(one: PictureFacts, best: PictureFacts, kind: CopyKind) -> frozenset[str]:
    names = ("label", "size_bytes", "format")
    found = {name for name in names if getattr(one.sample, name) != getattr(best.sample, name)}
    if one.pixels != best.pixels:
        found.add("pixels")
    # of two labels nobody knows which is right
    return frozenset(found | {"label"} if kind is CopyKind.OTHER_LABEL else found)


def _shorten(message: str, one: PictureFacts, members: list[PictureFacts]) -> str:
    """Take the paths of the copies that stand beside it out of a message."""
    for number, other in enumerate(members, 1):
        if other is not one:
            words = "the other one" if len(members) == 2 else f"picture {number}"
            pattern = rf"(?<!\S){re.escape(other.sample.path)}(?=[\s,:;]|$)"
            message = re.sub(pattern, words, message)
    return message
