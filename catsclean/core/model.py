"""The values that steps exchange: Severity, Fix, Sample, Finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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


# Place of a sample in the user's list of preferences that matches none of its patterns.
NOT_PREFERRED: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the data set: a row of the evidence or of the manifest, as one object.

    Steps that work on whole columns have no use for it; those that compare a few files do.  Text
    that is not known is empty, and a number is 0.

    Attributes:
        path: Relative to the root, ``/`` between the parts, escaped so that it can be shown
            anywhere (see :mod:`catsclean.core.names`, which also turns it back).
        label: Name of the class folder.
        split: Name of the split folder (``train``, ``val``, ...).
        sha256: Of its bytes.
        size_bytes: Their number.
        width_px: As stored, before any orientation tag.
        height_px: As `width_px`.
        format: By content, such as ``JPEG``.
        exif_orientation: Value of the tag; 0 or -1 if there is none.
        phash256: Perceptual hash, 64 hexadecimal digits.
        group: Id of its duplicate group.
        status: As in the manifest; empty before there is one.
        reason: Names of the validators that led to the status.
        held_out: Split that the last ``split`` held it out for.
        refused: TensorFlow does not decode it.
        warned: It decodes with warnings.
        resaved: It has the very pixels of a JPEG, in a format without loss.
        known_before: An earlier audit had it, and did not report it as a copy that leaves.
        preferred: Position of the first pattern in the user's list that it matches.
        signs: Signs that it was made from another copy (:mod:`catsclean.duplicates.originals`).
    """

    path: str
    label: str = ""
    split: str = ""
    sha256: str = ""
    size_bytes: int = 0
    width_px: int = 0
    height_px: int = 0
    format: str = ""
    exif_orientation: int = 0
    phash256: str = ""
    group: str = ""
    status: str = ""
    reason: str = ""
    held_out: str = ""
    refused: bool = False
    warned: bool = False
    resaved: bool = False
    known_before: bool = False
    preferred: int = NOT_PREFERRED
    signs: frozenset[str] = frozenset()

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.width_px, self.height_px


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of one validator about one sample, a folder, or the whole set.

    Attributes:
        validator: Name of the validator, as in ``catsclean explain NAME``.
        severity: How much it matters.
        fix: The change that ``clean`` may make because of it.
        path: Path of the sample, escaped; None for the whole set.
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
