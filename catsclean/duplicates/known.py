"""Keeps which hashes are neighbours, so that the next audit compares only what is new."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catsclean.duplicates.hashing import Hashes
from catsclean.duplicates.neighbours import Neighbours
from catsclean.duplicates.verification import Radii

if TYPE_CHECKING:
    from pathlib import Path

_VERSION: Final = b"catsclean-neighbours-2"
_DIGEST_BYTES: Final = 32
_HEAD: Final = len(Radii._fields) + 2  # the radii, and how many rows and pairs
_WORDS: Final = (1, 1, 4, 4)  # of each of the hashes


@dataclass
class KnownNeighbours:
    """The neighbours of earlier audits, by the hashes themselves: no name and no order counts.

    Attributes:
        neighbours: What is known; None: nothing.
    """

    neighbours: Neighbours | None = None

    @classmethod
    def load(cls, path: Path) -> KnownNeighbours:
        """Reads what :meth:`save` wrote; nothing where the file is missing or of no use."""
        try:
            content = path.read_bytes()
        except OSError:
            return cls()
        digest, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(_VERSION + body).digest() != digest:
            return cls()
        *limits, rows, pairs = np.frombuffer(body, "<i8", _HEAD).tolist()
        words = np.frombuffer(body, "<u8", rows * sum(_WORDS), 8 * _HEAD).astype(np.uint64)
        ends = np.frombuffer(body, "<u4", 2 * pairs, 8 * _HEAD + words.nbytes).astype(np.intp)
        parts = np.split(words.reshape(rows, sum(_WORDS)), np.cumsum(_WORDS)[:-1], axis=1)
        hashes = Hashes(parts[0][:, 0], parts[1][:, 0], parts[2], parts[3])
        first, second = ends[:pairs], ends[pairs:]
        return cls(Neighbours(hashes, Radii(*limits), first, second, complete=True))

    def save(self, path: Path) -> None:
        """Writes it, whole or not at all; a folder that cannot be written costs time alone."""
        from catsclean.state import replacing

        known = self.neighbours
        if known is None or not known.memorable:
            return
        words = np.column_stack(tuple(known.hashes))
        head = np.array([*known.radii, len(words), len(known.first)])
        body = b"".join(
            (
                head.astype("<i8").tobytes(),
                words.astype("<u8").tobytes(),
                known.first.astype("<u4").tobytes(),
                known.second.astype("<u4").tobytes(),
            )
        )
        # the digest stands first: a pair that rotted away could not be told otherwise
        content = hashlib.sha256(_VERSION + body).digest() + body
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary:
                temporary.write_bytes(content)
