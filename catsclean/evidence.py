"""The evidence: what the files say, one row per sample, columns of plain scalars.

It holds no opinion: a threshold never appears here.  Validators judge it; a new threshold
re-judges every sample without opening a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

Scalar = str | int | float | bool


class Outcome(StrEnum):
    """How reading a file ended: exactly one for every file."""

    DECODED = "decoded"
    EMPTY = "empty"
    NOT_IMAGE = "not-image"
    UNDECODABLE = "undecodable"
    UNSUPPORTED = "unsupported"  # a picture, of a format that is never opened here
    TRUNCATED = "truncated"
    OVER_LIMIT = "over-limit"
    ACTIVE = "active"
    LFS_POINTER = "lfs-pointer"
    JUNK = "junk"
    SPECIAL = "special"
    LINKED = "linked"
    UNREADABLE = "unreadable"
    CHANGED = "changed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OTHER = "other"  # neither by name nor by content a picture: left alone


# What ended in one of these was not judged: the audit is incomplete (exit code 3).
INCOMPLETE: Final = (Outcome.UNREADABLE, Outcome.CRASHED, Outcome.TIMEOUT, Outcome.MEMORY)

# Columns that discovery fills.
IDENTITY: Final[dict[str, Scalar]] = {
    "path": "",
    "label": "",
    "split": "",
    "size_bytes": 0,
    "mtime_ns": 0,
    "inode": 0,
    "links": 1,
}
# Columns that reading fills, with the value that stands for "not known".
READING: Final[dict[str, Scalar]] = {
    "outcome": "",
    "outcome_detail": "",
    "sha256": "",
    "format": "",
    "mode": "",
    "width_px": 0,
    "height_px": 0,
    "frames": 0,
    "exif_orientation": -1,
    "decoder_warnings": "",
    "exif_warnings": "",
    "tensorflow_refuses": "",
    "validator_failures": "",
    "metadata_bytes": 0,
    "trailing_bytes": 0,
    "without_jfif": False,
    "flat": False,
    "brightness": float("nan"),
    "contrast": float("nan"),
    "entropy_bits": float("nan"),
    "dominant_share": float("nan"),
    "colourfulness": float("nan"),
    "colour_spread": float("nan"),
    "sharpness": float("nan"),
    "phash64": 0,
    "mirror64": 0,
    "phash256": "",
    "mirror256": "",
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is known of the folder as a whole.

    Attributes:
        root: The folder, absolute.
        layout: ``classes``, ``splits`` (class folders inside split folders) or ``flat``.
        folders: Class folders (relative, escaped) → label, also those without pictures.
        other_files: Paths of files that are pictures neither by name nor by content.
        skipped_folders: Folders that were not entered, with the reason.
        unreadable_folders: Folders that could not be listed, with the reason.
        forced: The layout was asked for rather than recognised.
    """

    root: Path
    layout: str
    folders: dict[str, str] = field(default_factory=dict)
    other_files: tuple[str, ...] = ()
    skipped_folders: tuple[tuple[str, str], ...] = ()
    unreadable_folders: tuple[tuple[str, str], ...] = ()
    forced: bool = False

    @property
    def labelled(self) -> bool:
        """There are classes."""
        return self.layout != "flat"

    @property
    def labels(self) -> list[str]:
        """Names of the classes, sorted."""
        return sorted(set(self.folders.values()))


@dataclass(frozen=True)
class Evidence:
    """Everything that validators judge.

    Attributes:
        samples: One row per sample, sorted by path, with the columns of :data:`IDENTITY` and
            :data:`READING`, those that validators' ``inspect`` add, and ``group`` (id of the
            duplicate group, empty for a picture that stands alone).  No value is missing: text
            that is not known is empty, numbers are 0, -1 or NaN as :data:`READING` says.
        dataset: What is known of the folder as a whole.
        pairs: One row per pair of duplicates: ``path``, ``other``, ``kind``, ``distance64``,
            ``distance256``; sorted.
        elsewhere: The same columns for pictures that another data set has as well (``other`` is
            a path there); None where the audit was not asked to compare.
        elsewhere_name: Name of that other data set.
    """

    samples: pd.DataFrame
    dataset: Dataset
    pairs: pd.DataFrame
    elsewhere: pd.DataFrame | None = None
    elsewhere_name: str = ""

    def pictures(self) -> pd.DataFrame:
        """Rows of the samples that decoded; made once, to be read and not changed."""
        return self._pictures

    @cached_property
    def _pictures(self) -> pd.DataFrame:
        return self.samples[self.samples["outcome"] == Outcome.DECODED.value]
