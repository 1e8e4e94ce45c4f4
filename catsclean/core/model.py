"""The values that every step hands to the next: Severity, Fix, Sample, Finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters.

    ERROR: training breaks, or the score it gives is wrong.  WARNING: it probably hurts.
    NOTE: worth knowing.  They compare by that, and with their names: ``Severity.ERROR > "note"``.
    """

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for a note, 1 for a warning, 2 for an error: for sorting and for ``--fail-on``."""
        return _RANKS[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < _severity(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= _severity(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > _severity(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= _severity(other).rank


def _severity(other: str) -> Severity:
    try:
        return Severity(other)
    except ValueError:
        known = ", ".join(Severity)
        raise TypeError(f"a severity compares with {known}. Received: {other!r}") from None


_RANKS = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


class Fix(StrEnum):
    """What ``clean`` may do about a finding.

    SAFE: ``clean --apply`` sets the file aside; nothing that could be trained on leaves.
    REVIEW: only where a person decided it.  NONE: moving the file is no remedy.
    """

    SAFE = "safe"
    REVIEW = "review"
    NONE = "none"


class Status(StrEnum):
    """What the manifest says of a sample: use it, look at it, or leave it out."""

    KEEP = "keep"
    REVIEW = "review"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the data set, before it is read.

    Attributes:
        path: Relative to the root, ``/`` between the parts, escaped so that it can be shown
            anywhere (see :mod:`catsclean.core.names`, which also turns it back).
        label: Name of the class folder; None in a flat folder and for files outside of a class.
        split: Name of the split folder (``train``, ``val``, ...); None where there is none.
        size_bytes: Size at discovery.
        mtime_ns: Time of the last change, nanoseconds since 1970.
        inode: Number of the file on its file system; files with one inode are hard links.
    """

    path: str
    label: str | None
    split: str | None
    size_bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that one validator has to say of one sample, of a folder, or of the whole set.

    Attributes:
        validator: Name of the validator, as in ``catsclean explain NAME``.
        severity: How much it matters.
        fix: What ``clean`` may do about it.
        path: Path of the sample (as in :class:`Sample`); None when the whole set is meant.
        label: The sample's class, None where it has none.
        message: One line that says what was found, with the figures; safe to show anywhere.
        related: Paths of other samples that belong to it, such as the other half of a pair.
    """

    validator: str
    severity: Severity
    fix: Fix
    path: str | None
    label: str | None
    message: str
    related: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.path or '.'}: {self.validator}: {self.message}"
