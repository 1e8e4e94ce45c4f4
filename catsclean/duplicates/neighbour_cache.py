"""Cache which hashes are neighbours, so that the next audit compares only new hashes."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from catsclean.core.files import replacing
from catsclean.duplicates.neighbours import Neighbours
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import Hashes

_VERSION: Final = b"catsclean-neighbours-2"
_DIGEST_BYTES: Final = 32
_HEAD: Final = len(Radii._fields) + 2  # the radii, and the numbers of rows and pairs
_WORDS: Final = (1, 1, 4, 4)  # number of words of each hash
_ROWS_AT_ONCE: Final = 1 << 14


@dataclass
class KnownNeighbours:
    """Neighbouring hashes found by earlier audits.

    Keyed by hash value, so renamed or reordered files still match.

    Attributes:
        neighbours: The known neighbours; None: nothing is known.
    """

    neighbours: Neighbours | None = None

    @classmethod
    def load(cls, path: Path) -> KnownNeighbours:
        """Read a file that :meth:`save` wrote; empty if it is missing or cannot be used."""
        try:
            content = path.read_bytes()
        except OSError:
            return cls()
        body = memoryview(content)[_DIGEST_BYTES:]
        digest = hashlib.sha256(_VERSION)
        digest.update(body)
        if digest.digest() != content[:_DIGEST_BYTES]:
            return cls()
        *limits, rows, pairs = np.frombuffer(body, "<i8", _HEAD).tolist()
        words = np.frombuffer(body, "<u8", rows * sum(_WORDS), 8 * _HEAD).astype(np.uint64)
        ends = np.frombuffer(body, "<u4", 2 * pairs, 8 * _HEAD + words.nbytes).astype(np.intp)
        parts = np.split(words.reshape(rows, sum(_WORDS)), np.cumsum(_WORDS)[:-1], axis=1)
        hashes = Hashes(parts[0][:, 0], parts[1][:, 0], parts[2], parts[3])
        first, second = ends[:pairs], ends[pairs:]
        return cls(Neighbours(hashes, Radii(*limits), first, second, complete=True))

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all; if that fails, the next audit only takes longer."""
        known = self.neighbours
        if known is None or not known.memorable:
            return
        digest = hashlib.sha256(_VERSION)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary, temporary.open("wb") as stream:
                # a digest goes in front, because nothing else would reveal a corrupted pair
                stream.write(bytes(_DIGEST_BYTES))
                for part in _parts(known):
                    digest.update(part)
                    stream.write(part)
                stream.seek(0)
                stream.write(digest.digest())


def _parts(known: Neighbours) -> Iterator[bytes]:
    rows = len(known.hashes.phash64)
    yield np.array([*known.radii, rows, len(known.first)]).astype("<i8").tobytes()
    for start in range(0, rows, _ROWS_AT_ONCE):
        some = [column[start : start + _ROWS_AT_ONCE] for column in known.hashes]
        yield np.column_stack(some).astype("<u8").tobytes()
    yield known.first.astype("<u4").tobytes()
    yield known.second.astype("<u4").tobytes()
