"""What the pairs of an audit say of its samples: the ground of five validators."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Final, NamedTuple

from catsclean.core.alike_labels import class_key
from catsclean.core.evidence import PAIR, Evidence
from catsclean.core.groups import connected
from catsclean.core.model import NOT_PREFERRED, Sample
from catsclean.core.rows import Rows
from catsclean.duplicates.canonical import choose_kept, keep_first, resaved_among
from catsclean.duplicates.pair_kinds import (
    IDENTICAL_BYTES,
    IDENTICAL_PIXELS,
    OTHER_COLOUR,
    describe_kind,
)

# Related samples that a finding names; thousands of copies of one logo have as many each.
_MOST_NAMED = 20
_BY_PATH = attrgetter("path")
# columns of the evidence that a sample has under the same name
_COLUMNS: Final = (
    "path", "sha256", "label", "split", "size_bytes", "width_px", "height_px", "format",
    "exif_orientation", "phash256", "group",
)  # fmt: skip


class Link(NamedTuple):
    """How two contents are related.

    Attributes:
        kind: As :attr:`catsclean.core.evidence.Evidence.pairs` has it.
        distance256: Distance of the 256-bit hashes, in bits.
    """

    kind: str
    distance256: int

    def describe(self) -> str:
        """Say in words how they differ."""
        return describe_kind(self.kind)


class Strictness(NamedTuple):
    """Which pairs count for a validator.

    Attributes:
        mirrored: Mirrored copies.
        turned: Copies turned by quarters.
        most_bits: Largest distance of the 256-bit hashes.
        least_correlation: Of the greys.
        least_agreement: Share of the blocks that correlate.
    """

    mirrored: bool = True
    turned: bool = True
    most_bits: int = 256
    least_correlation: float = 0.0
    least_agreement: float = 0.0

    def counts(self, kind: str, distance256: int, correlation: float, agreement: float) -> bool:
        """Say whether a pair counts."""
        return (
            kind != OTHER_COLOUR
            and distance256 <= self.most_bits
            and correlation >= self.least_correlation
            and agreement >= self.least_agreement
            and (self.mirrored or "mirrored" not in kind)
            and (self.turned or "turned-" not in kind)
        )


class Leaving(NamedTuple):
    """A member of a group that another one stays for.

    Attributes:
        member: The member.
        kept: The one that stays, which it has a proved pair with.
        link: That pair.
        partners: All members of its class that it has a pair with, `kept` first; at most 20.
    """

    member: Sample
    kept: Sample
    link: Link
    partners: list[Sample]


class Spanning(NamedTuple):
    """A member of a group that spans several labels, or several splits.

    Attributes:
        member: The member.
        others: Samples with another label or split: its own copies if there are any, else the
            nearest ones of its group; at most 20.
        total: How many there are.
        via: Path of the copy through which it is linked with them; empty for its own copies.
    """

    member: Sample
    others: list[Sample]
    total: int
    via: str

    @property
    def partners(self) -> list[str]:
        """Paths of pictures that the member has a proved pair with."""
        return [self.via] if self.via else [other.path for other in self.others]

    @property
    def preferred(self) -> Sample | None:
        """The one of its own copies that the user prefers to it; None if there is none."""
        if self.via:
            return None
        best = min(self.others, key=lambda other: (other.preferred, other.path))
        return best if best.preferred < self.member.preferred else None

    def describe(self) -> str:
        """Say which pictures the others are, and how they are linked."""
        more = f" and {self.total - 1:,} more" if self.total > 1 else ""
        through = f" (through {self.via})" if self.via else ""
        return f"same picture as {self.others[0].path}{more}{through}"


class Relations:
    """The duplicates of a data set, ready to be asked.

    Files with the same bytes are one content; links are between contents.
    """

    def __init__(self, evidence: Evidence, strictness: Strictness | None = None) -> None:
        """Read the samples that are in a group, and the pairs.

        Args:
            evidence: With pairs and groups.
            strictness: Which pairs count; None: all that the pixels proved.
        """
        rows = evidence.rows.where(evidence.rows["group"] != "")
        digest_of = dict(zip(rows["path"], rows["sha256"], strict=True))
        counts = (strictness or Strictness()).counts
        # a pair that no selected validator reports joins no group
        pairs = [
            (digest_of[path], digest_of[other], kind, int(fine), path_is, other_is)
            for path, other, kind, _, fine, correlation, agreement, path_is, other_is in zip(
                *(evidence.pair_rows[name] for name in PAIR), strict=True
            )
            if counts(kind, fine, correlation, agreement)
            and path in digest_of
            and other in digest_of
        ]
        signs: dict[str, set[str]] = {}
        self.links: dict[str, dict[str, Link]] = {}
        for one, another, kind, fine, one_is, another_is in pairs:
            for end, marks in ((one, one_is), (another, another_is)):
                signs.setdefault(end, set()).update(filter(None, marks.split("+")))
            if kind != IDENTICAL_BYTES:
                link = Link(kind, fine)
                self.links.setdefault(one, {})[another] = link
                self.links.setdefault(another, {})[one] = link
        self.members = _samples(evidence, rows, signs)
        self._of_digest = _gathered((m.sha256, m) for m in self.members)
        #: contents with the same pixels have the same number
        self._pixels = connected(self._linked(lambda link: link.kind == IDENTICAL_PIXELS))
        self._mark_resaved()

    def _mark_resaved(self) -> None:
        """Note of each member whether a JPEG of its class has the very same pixels."""
        alike = [
            {member.path for member in members}
            for found in self.with_same_pixels()
            for members in by_label(found)
        ]
        if resaved := resaved_among(alike):
            self.members = [
                replace(member, resaved=member.path in resaved) for member in self.members
            ]
            self._of_digest = _gathered((m.sha256, m) for m in self.members)

    def copies(self) -> Iterator[list[Sample]]:
        """Samples with the same bytes, where there are several."""
        return (members for members in self._of_digest.values() if len(members) > 1)

    def with_same_pixels(self) -> Iterator[list[Sample]]:
        """Samples with the same pixels in files that differ."""
        for found in self._together(self._pixels, self._of_digest):
            if len(found) > 1:
                yield [m for one in sorted(found) for m in self._of_digest[one]]

    def groups(self) -> Iterator[list[Sample]]:
        """Samples of each group, sorted by path."""
        yield from _gathered((m.group, m) for m in self.members).values()

    def leaving(self) -> Iterator[Leaving]:
        """Find the altered copies: in each class, those that another picture stays for.

        Files with the same pixels count as one picture.  Of those with the same bytes only the one
        that would stay is named.
        """
        for group in self._connected():
            for members in by_label(group):
                yield from self._leaving(members)

    def _leaving(self, members: list[Sample]) -> Iterator[Leaving]:
        by_digest = _gathered((m.sha256, m) for m in members)
        contents = {digest: keep_first(same)[0] for digest, same in by_digest.items()}
        pictures = self._pictures(contents)
        at_of = {digest: at for at, same in enumerate(pictures) for digest in same}
        # each picture is represented by the file that stays of those with its pixels
        stays = [keep_first([contents[digest] for digest in same])[0] for same in pictures]
        near: dict[tuple[int, int], Link] = {}
        for digest in sorted(contents):
            for other, link in self.links.get(digest, {}).items():
                ends = at_of[digest], at_of.get(other, -1)
                if ends[1] >= 0 and ends[0] != ends[1]:
                    near[ends] = min(near.get(ends, link), link, key=lambda one: one.distance256)
        chosen = choose_kept(stays, near)
        for at, kept in enumerate(chosen):
            if kept == at:
                continue
            own = sorted(other for one, other in near if one == at and other != kept)
            partners = [stays[kept], *(stays[other] for other in own)][:_MOST_NAMED]
            for digest in sorted(pictures[at]):
                yield Leaving(contents[digest], stays[kept], near[at, kept], partners)

    def _pictures(self, contents: Collection[str]) -> list[list[str]]:
        """Put contents with the same pixels together."""
        return self._together(self._pixels, sorted(contents))

    def spanning(self, field: str) -> Iterator[Spanning]:
        """Find every member of a group whose members differ in label, or in split.

        A group is everything that links connect, also through a third picture: each of its members
        is named, because the conflict cannot be solved by looking at some of them.

        Args:
            field: ``label`` or ``split``; samples without one are not named, but they connect.

        Yields:
            The members, sorted by path.
        """
        found: list[Spanning] = []
        for group in self._connected():
            value = {member.path: _value(member, field) for member in group}
            values = set(value.values()) - {""}
            if len(values) < 2:
                continue
            elsewhere = {
                own: {m.sha256 for m in group if value[m.path] not in ("", own)} for own in values
            }
            found += (
                self._spanning(member, field, elsewhere[own])
                for member in group
                if (own := value[member.path])
            )
        return iter(sorted(found, key=lambda one: one.member.path))

    def _spanning(self, member: Sample, field: str, elsewhere: set[str]) -> Spanning:
        """Describe a member, given the contents that its group has under other labels or splits."""
        near = {member.sha256, *self.links.get(member.sha256, {})} & elsewhere
        via = ""
        if not near:
            via, nearest = self._nearest(member, elsewhere)
            near = {nearest}
        others = sorted(
            (
                other
                for digest in near
                for other in self._of_digest[digest]
                if _value(other, field) not in ("", _value(member, field))
            ),
            key=_BY_PATH,
        )
        return Spanning(member, others[:_MOST_NAMED], len(others), via)

    def _nearest(self, member: Sample, wanted: Collection[str]) -> tuple[str, str]:
        """Walk the links to the nearest of the wanted contents.

        Returns:
            Path of the first file on the way there, and the digest that was reached.
        """
        first = {d: d for d in sorted(self.links[member.sha256], key=self._path)}
        pending = deque(first)
        while pending:
            digest = pending.popleft()
            if digest in wanted:
                return self._path(first[digest]), digest
            for other in sorted(self.links[digest], key=self._path):
                if other not in first and other != member.sha256:
                    first[other] = first[digest]
                    pending.append(other)
        raise AssertionError("the members of a group are connected")

    def _path(self, digest: str) -> str:
        return self._of_digest[digest][0].path

    def _connected(self) -> Iterator[list[Sample]]:
        """Return the members that links connect, sorted by path, without single ones."""
        for group in self._together(connected(self._linked(lambda _: True)), self._of_digest):
            members = sorted((m for one in group for m in self._of_digest[one]), key=_BY_PATH)
            if len(members) > 1:
                yield members

    def _linked(self, follow: Callable[[Link], bool]) -> Iterator[tuple[str, str]]:
        """Return the pairs of contents that some of the links are between, each of them once."""
        for one, links in self.links.items():
            for other, link in links.items():
                if one < other and follow(link):
                    yield one, other

    @staticmethod
    def _together(component: Mapping[str, int], contents: Iterable[str]) -> list[list[str]]:
        """Put contents of one component together, in their order; others stand alone."""
        found: dict[int | str, list[str]] = {}
        for digest in contents:
            found.setdefault(component.get(digest, digest), []).append(digest)
        return list(found.values())


def _samples(evidence: Evidence, rows: Rows, signs: Mapping[str, Collection[str]]) -> list[Sample]:
    """Return some rows of the evidence, sorted by path, with the signs of their contents."""
    columns = (rows[name].tolist() for name in _COLUMNS)
    faults = (rows[name] != "" for name in ("tensorflow_refuses", "decoder_warnings"))
    samples = [
        Sample(
            **dict(zip(_COLUMNS, known, strict=True)),
            held_out=evidence.held_out.get(known[0], ""),
            refused=bool(refused),
            warned=bool(warned),
            known_before=known[0] in evidence.known_before,
            preferred=evidence.preferred.get(known[0], NOT_PREFERRED),
            signs=frozenset(signs.get(known[1], ())),
        )
        for *known, refused, warned in zip(*columns, *faults, strict=True)
    ]
    return sorted(samples, key=_BY_PATH)


def by_label(members: Iterable[Sample]) -> list[list[Sample]]:
    """Return the members of each class; labels that differ in case only are one class."""
    return list(_gathered((class_key(m.label), m) for m in members).values())


def class_or_split(field: str, value: str) -> str:
    """Return what tells whether two samples differ: the split as it is, the class of a label."""
    return class_key(value) if field == "label" else value


def _value(member: Sample, field: str) -> str:
    return class_or_split(field, getattr(member, field))


def _gathered(pairs: Iterable[tuple[str, Sample]]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for key, member in pairs:
        found.setdefault(key, []).append(member)
    return found
