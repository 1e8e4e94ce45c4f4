"""The values that steps exchange: Severity, Fix, Sample, Finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters.

    ERROR: training breaks, or its score is wrong.  WARNING: it probably hurts.  NOTE: worth
    knowing.  Severities compare in this order, also with names: ``Severity.ERROR > "note"``.
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
    """The change that ``clean`` may make because of a finding.

    SAFE: ``clean --apply`` sets the file aside; no usable picture is lost.
    REVIEW: only after a person decided.  NONE: moving the file does not help.
    """

    SAFE = "safe"
    REVIEW = "review"
    NONE = "none"


class Status(StrEnum):
    """Status of a sample in the manifest: use it, look at it, or leave it out."""

    KEEP = "keep"
    REVIEW = "review"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the data set, before it is read.

    Attributes:
        path: Relative to the root, ``/`` between the parts, escaped so that it can be shown
            anywhere (see :mod:`catsclean.core.names`, which also turns it back).
        label: Name of the class folder; None in a flat folder and for files outside a class.
        split: Name of the split folder (``train``, ``val``, ...); None if there is none.
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
    """One finding of one validator about one sample, a folder, or the whole set.

    Attributes:
        validator: Name of the validator, as in ``catsclean explain NAME``.
        severity: How much it matters.
        fix: The change that ``clean`` may make because of it.
        path: Path of the sample (as in :class:`Sample`); None for the whole set.
        label: The sample's class, None if it has none.
        message: One line that describes the defect, with the figures; safe to show anywhere.
        related: Paths of other samples involved, such as the other half of a pair.
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
