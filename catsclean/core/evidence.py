"""The evidence: what the files say, one row per sample, columns of plain scalars.

It holds no opinion: a threshold never appears here.  Validators judge it; a new threshold
re-judges every sample without opening a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.arrow import value_table, with_text
from catsclean.core.columns import Origin, unknown_values
from catsclean.core.columns import Scalar as Scalar  # noqa: PLC0414 - for authors of validators
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.fixed_places import never_changed, never_moved
from catsclean.core.label_rows import LabelRows
from catsclean.core.label_source import LabelSource
from catsclean.core.links import Reach
from catsclean.core.rows import Rows, Table
from catsclean.core.stored_table import ColumnTable, whole_table

if TYPE_CHECKING:
    import pandas as pd


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
    LINKED = "linked"  # to another file of the set
    LINK_NOT_READ = "link-not-read"  # to a file that nothing else in the set leads to
    UNREADABLE = "unreadable"
    CHANGED = "changed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OTHER = "other"  # neither by name nor by content a picture: left alone


# What ended in one of these was not judged: the audit is incomplete (exit code 3).
INCOMPLETE: Final = (
    Outcome.UNREADABLE,
    Outcome.CRASHED,
    Outcome.TIMEOUT,
    Outcome.MEMORY,
    Outcome.LINK_NOT_READ,
)

# columns that discovery fills, and those that reading fills, with what stands for "not known"
IDENTITY: Final = unknown_values(Origin.DISCOVERY)
READING: Final = unknown_values(Origin.READING)
# Columns of a table of pairs → Arrow type's name: two paths, in what they differ, distances of the
# hashes in bits, how well the pixels agree (each at most 1), and the signs that one of them is not
# the original, such as ``greyed``, joined by ``+``.
PAIR: Final[dict[str, str]] = {
    "path": "string",
    "other": "string",
    "kind": "string",
    "distance64": "int64",
    "distance256": "int64",
    "correlation": "float64",
    "agreement": "float64",
    "path_is": "string",
    "other_is": "string",
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is known of the folder as a whole.

    Attributes:
        root: The folder, absolute.
        layout: ``classes``, ``splits`` (class folders inside split folders) or ``flat``; if labels
            come from elsewhere, ``splits`` or ``flat``, and no folder is a class.
        folders: Class folders (relative, escaped) → label, also those without pictures.
        other_files: Paths of files that are pictures neither by name nor by content.
        skipped_folders: Folders that were not entered, with the reason.
        unreadable_folders: Folders that could not be listed, with the reason.
        linked_folders: Links to folders that were not entered and that nothing else leads to, with
            the reason; they are among the skipped ones, too.
        links_lead_out: Some of the links that were not read lead out of the data set.
        follow_links: Links were followed.
        follow_links_to: Folders outside the root that links may lead into.
        label_source: Where the labels come from.
        named_labels: Names of the classes that are no folders, sorted.
        splits: Names of the split folders with labels, sorted, if no folder is a class.
        excluded: Number of files and folders that were left out as the user asked; what lies in
            such a folder is not counted.
        forced: The layout was asked for rather than recognised.
        state_path: State folder of the audit; None: it lies beside the data set.
        containers: Tar, zip and Parquet files whose members are the samples, relative and escaped;
            one that is empty is the root itself.  None for a folder of pictures.
        folders_meant: Folder in a container, as paths have it → the folder that it stands for.
    """

    root: Path
    layout: str
    folders: dict[str, str] = field(default_factory=dict)
    other_files: tuple[str, ...] = ()
    skipped_folders: tuple[tuple[str, str], ...] = ()
    unreadable_folders: tuple[tuple[str, str], ...] = ()
    linked_folders: tuple[tuple[str, str], ...] = ()
    links_lead_out: bool = False
    follow_links: bool = False
    follow_links_to: tuple[Path, ...] = ()
    label_source: LabelSource = field(default_factory=LabelSource)
    named_labels: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    excluded: int = 0
    forced: bool = False
    state_path: Path | None = None
    containers: tuple[str, ...] = ()
    folders_meant: Mapping[str, str] = field(default_factory=dict)

    def folder_of(self, path: str) -> str:
        """Return the folder of a sample that decides about label and split; both escaped."""
        folder = path.rpartition("/")[0]
        return self.folders_meant.get(folder, folder)

    @property
    def reach(self) -> Reach:
        """Where links may lead when files are read."""
        return Reach(self.root, self.follow_links, self.follow_links_to)

    @property
    def never_changed(self) -> str:
        """What the samples lie in, if catsclean never changes them there; else empty."""
        return never_changed(self.root, self.containers)

    @property
    def never_moved(self) -> str:
        """What the samples lie in, if catsclean never moves them to a quarantine; else empty."""
        return never_moved(self.root, self.containers, self.state_path)

    @property
    def labelled(self) -> bool:
        """There are classes."""
        return self.layout != "flat" or not self.label_source.by_folders

    @property
    def labels(self) -> list[str]:
        """Names of the classes, sorted."""
        return sorted({*self.folders.values(), *self.named_labels})


def pair_table(rows: Sequence[tuple[Any, ...]] = ()) -> pa.Table:
    """Make a table of pairs."""
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in PAIR.items()])
    columns = zip(*rows, strict=True) if rows else [()] * len(PAIR)
    return value_table(dict(zip(PAIR, map(list, columns), strict=True)), schema)


def _few_texts(texts: Iterable[str]) -> NDArray[np.object_]:
    """Make an array of texts that recur, each of them one object."""
    one: dict[str, str] = {}
    return np.array([one.setdefault(text, text) for text in texts], dtype=object)


class Evidence:
    """Everything that validators judge; a value, to be read and not changed.

    Attributes:
        dataset: What is known of the folder as a whole.
        elsewhere: One row per pair with a picture that another data set has as well, with the
            columns of :attr:`pairs` (``other`` is a path there), ``other_pixels`` and
            ``other_bytes``; None where the audit was not asked to compare.
        elsewhere_name: Name of that other data set.
        held_out: Split of the samples that the last ``split`` held out, by path; of those that
            have a duplicate.
        known_before: The samples that the last audit had and kept, by path; of those that have a
            duplicate.
        preferred: Place of the first of the user's patterns that a sample matches, by path, from 0;
            of those that match one and have a duplicate.
        content: What the pictures show; None if the audit was not asked to examine it.
        label_rows: What the rows of label tables say about the files; None if no table was read.
    """

    def __init__(  # noqa: PLR0913 - every part of the evidence
        self,
        samples: pd.DataFrame | ColumnTable | Table,
        dataset: Dataset,
        pairs: pd.DataFrame | pa.Table | Table,
        elsewhere: pd.DataFrame | None = None,
        elsewhere_name: str = "",
        held_out: Mapping[str, str] | None = None,
        preferred: Mapping[str, int] | None = None,
        content: ContentEvidence | None = None,
        *,
        label_rows: LabelRows | None = None,
        known_before: frozenset[str] = frozenset(),
    ) -> None:
        """Take both tables as pandas or as Arrow has them."""
        self._samples = Table(samples)
        self._pairs = Table(pairs)
        self.dataset = dataset
        self.elsewhere = elsewhere
        self.elsewhere_name = elsewhere_name
        self.held_out = held_out or {}
        self.known_before = known_before
        self.preferred = preferred or {}
        self.content = content
        self.label_rows = label_rows

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def samples(self) -> pd.DataFrame:
        """One row per sample, sorted by path, as a DataFrame.

        It has the columns of :data:`IDENTITY` and :data:`READING`, those that validators'
        ``inspect`` add, and ``group`` (id of the duplicate group, empty for a picture that stands
        alone).  No value is missing: text that is not known is empty, numbers are 0, -1 or NaN as
        :data:`READING` says.
        """
        return self._samples.frame

    @property
    def pairs(self) -> pd.DataFrame:
        """One row per pair of duplicates, with the columns of :data:`PAIR`; sorted."""
        return self._pairs.frame

    def pictures(self) -> pd.DataFrame:
        """Rows of :attr:`samples` that decoded; made once, to be read and not changed."""
        return self._pictures

    @cached_property
    def _pictures(self) -> pd.DataFrame:
        return self.samples[self.samples["outcome"] == Outcome.DECODED.value]

    @cached_property
    def rows(self) -> Rows:
        """The samples, column by column as NumPy arrays: what needs no pandas loads none."""
        return self._samples.rows()

    @cached_property
    def decoded(self) -> Rows:
        """The rows of pictures that decoded."""
        return self.ended(Outcome.DECODED)

    def ended(self, *outcomes: str) -> Rows:
        """Return the rows of files whose reading ended in one of some ways (:class:`Outcome`)."""
        return self.rows.where(self.rows.is_in("outcome", outcomes))

    def release(self, *, texts: bool = False) -> None:
        """Forget columns that are in the cache, to be read there again if they are needed.

        Args:
            texts: Forget those of text, too, which take longer to be made again.
        """
        self.rows.release(texts=texts)
        if "decoded" in vars(self):
            self.decoded.release(texts=texts)
        if texts:
            for name in ("folders", "tails"):
                vars(self).pop(name, None)

    @cached_property
    def pair_rows(self) -> Rows:
        """The pairs, column by column as NumPy arrays."""
        return self._pairs.rows()

    @cached_property
    def folders(self) -> NDArray[np.object_]:
        """The folder of each sample: escaped, empty for the root itself.

        In a container, the folder that decides about label and split: ``train/Cat`` for
        ``train-00017.tar/Cat/1.jpg``.

        There are few of them, so a question about a folder is answered once, not for each sample.
        """
        folders = _few_texts(path.rpartition("/")[0] for path in self.rows.texts("path"))
        if not (meant := self.dataset.folders_meant):
            return folders
        return _few_texts(meant.get(folder, folder) for folder in folders)

    @cached_property
    def tails(self) -> NDArray[np.object_]:
        """The path of each sample from its last dot on; without a dot, its last character.

        There are few of them, so an extension is looked up once, not for each sample.
        """
        return _few_texts(path[path.rfind(".") :] for path in self.rows.texts("path"))

    def has_column(self, name: str) -> bool:
        """Tell whether the samples have a column."""
        return name in self._samples

    def to_arrow(self) -> pa.Table:
        """Return the samples as an Arrow table."""
        return with_text(whole_table(self._samples.arrow))

    @property
    def packed(self) -> ColumnTable:
        """The samples as they are kept: an Arrow table in which hexadecimal digits are packed.

        Digests and 256-bit hashes are numbers of 32 bytes there, missing if they are not known.
        Of a large data set the columns are read from the cache one by one.
        """
        return self._samples.arrow

    def pairs_to_arrow(self) -> pa.Table:
        """Return the pairs as an Arrow table."""
        return whole_table(self._pairs.arrow)

    def with_texts(self, name: str, texts: Sequence[str]) -> Table:
        """Return the samples with another column of text, for :meth:`replaced`."""
        return self._samples.with_texts(name, texts)

    def replaced(self, **changes: Any) -> Evidence:
        """Return this evidence with other `samples`, `pairs`, `held_out` ..., by name."""
        kept = {
            "samples": self._samples,
            "dataset": self.dataset,
            "pairs": self._pairs,
            "elsewhere": self.elsewhere,
            "elsewhere_name": self.elsewhere_name,
            "held_out": self.held_out,
            "known_before": self.known_before,
            "preferred": self.preferred,
            "content": self.content,
            "label_rows": self.label_rows,
        }
        return Evidence(**{**kept, **changes})
