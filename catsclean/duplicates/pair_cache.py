"""Cache which samples show the same picture, so that unchanged data is not compared again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from catsclean.core.arrow import digest_of, text_array
from catsclean.core.cache_files import read_table, writing_tables
from catsclean.core.evidence import PAIR, Evidence, pair_table
from catsclean.core.parse_json import parse_json
from catsclean.core.version import __version__
from catsclean.duplicates.pair_kinds import KINDS_VERSION

if TYPE_CHECKING:
    import pandas as pd


_KEY: Final = b"catsclean-relations"
# grows if other pairs are compared
_SEARCH_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class RelationsCache:
    """The pairs and groups of the last audit, in two files of the cache folder.

    They are valid for the same paths with the same bytes, and for this version of catsclean and
    of the pair kinds.
    """

    folder: Path

    def load(self, evidence: Evidence) -> Evidence | None:
        """Fill in pairs and groups if they are cached; else return None."""
        key = _key(evidence)
        try:
            pairs = _read(self.folder / "pairs", key, PAIR)
            groups = _read(self.folder / "groups", key, ("group",))
        except (OSError, ValueError, pa.ArrowException):
            return None
        if pairs is None or groups is None or len(groups) != len(evidence):
            return None
        return evidence.replaced(
            samples=evidence.with_texts("group", groups.column("group")), pairs=pairs
        )

    def save(self, evidence: Evidence) -> None:
        """Save pairs and groups; if that fails, the next audit only takes longer."""
        key = _key(evidence)
        groups = {"group": text_array(evidence.rows["group"].tolist())}
        with contextlib.suppress(OSError):
            _write(self.folder / "pairs", evidence.pairs_to_arrow(), key)
            _write(self.folder / "groups", pa.table(groups), key)


@dataclass(frozen=True, slots=True)
class ElsewhereCache:
    """The pairs between two data sets that the last audit found, in one file.

    They are valid for the same paths with the same bytes in both.

    Attributes:
        path: Path of the file, without its suffix.
    """

    path: Path

    def load(self, new: Evidence, old: Evidence) -> pd.DataFrame | None:
        """Return the pairs if they are cached; else None."""
        try:
            table = _read(self.path, _key(new) + _key(old), PAIR)
        except (OSError, ValueError, pa.ArrowException):
            return None
        return None if table is None else table.to_pandas()

    def save(self, new: Evidence, old: Evidence, pairs: pd.DataFrame) -> None:
        """Save the pairs; if that fails, the next audit only takes longer."""
        table = pair_table(list(pairs[list(PAIR)].itertuples(index=False, name=None)))
        with contextlib.suppress(OSError):
            _write(self.path, table, _key(new) + _key(old))


def _key(evidence: Evidence) -> str:
    samples = evidence.packed
    digest = hashlib.sha256(f"{__version__} {KINDS_VERSION} {_SEARCH_VERSION}".encode())
    for column in ("path", "sha256", "outcome"):
        digest.update(digest_of(samples.column(column)))
    return digest.hexdigest()


def _read(path: Path, key: str, columns: Iterable[str]) -> pa.Table | None:
    table = read_table(path.with_suffix(".arrow"))
    known = parse_json((table.schema.metadata or {}).get(_KEY, b"{}"))
    return table if known == key and table.column_names == list(columns) else None


def _write(path: Path, table: pa.Table, key: str) -> None:
    table = table.replace_schema_metadata({_KEY: json.dumps(key).encode()})
    with writing_tables(path.with_suffix(".arrow"), table.schema) as writer:
        writer.write_table(table)
