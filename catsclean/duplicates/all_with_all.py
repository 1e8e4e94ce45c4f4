"""Compare all hashes with all, or all queries with all hashes, in blocks that stay in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates.search_steps import Report, StepResult

#: Nanoseconds of one core for each pair, measured (benchmarks/duplicate_search.py).
NS_PER_PAIR: Final = 1.4
_QUERIES_PER_BLOCK: Final = 32
_HASHES_PER_BLOCK: Final = 4096


@dataclass(frozen=True, slots=True)
class AllWithAll:
    """A search whose steps compare a few hashes each with all.

    Attributes:
        size: Number of hashes and queries together.
        radius: Largest distance.
        asked: Number of hashes, which come before the queries; None: there are no queries.
    """

    size: int
    radius: int
    asked: int | None = None

    most_work = 0
    most_members = 0

    @property
    def count(self) -> int:
        """Number of steps."""
        return -(-self._rows // _QUERIES_PER_BLOCK)

    @property
    def seconds(self) -> float:
        """Time of one core for a step, estimated."""
        return self.pairs * NS_PER_PAIR / 1e9 / max(self.count, 1)

    @property
    def pairs(self) -> float:
        """Number of pairs that are compared."""
        if self.asked is None:
            return self.size * (self.size - 1) / 2
        return float(self._rows) * self.asked

    def column(self, _number: int) -> int:
        """Return the first word: there are no crowds."""
        return 0

    def run(self, words: NDArray[np.uint64], number: int, report: Report) -> StepResult:
        """Compare a few hashes or queries with all; see :class:`~.search_steps.Steps`."""
        first = 0 if self.asked is None else self.asked
        stop = self.size if self.asked is None else self.asked
        top = first + number * _QUERIES_PER_BLOCK
        block = words[:, top : top + _QUERIES_PER_BLOCK]
        begin = top if self.asked is None else 0  # earlier rows were compared with these already
        shape = (_QUERIES_PER_BLOCK, min(_HASHES_PER_BLOCK, max(stop, 1)))
        exclusive = np.empty(shape, dtype=np.uint64)
        bits = np.empty(shape, dtype=np.uint8)
        sums = np.empty(shape if len(words) > 1 else 0, dtype=np.uint16)
        for left in range(begin, stop, _HASHES_PER_BLOCK):
            there = words[:, left : min(left + _HASHES_PER_BLOCK, stop)]
            view = np.s_[: block.shape[1], : there.shape[1]]
            np.bitwise_xor(block[0][:, None], there[0], out=exclusive[view])
            distance = np.bitwise_count(exclusive[view], out=bits[view])
            if len(words) > 1:
                distance = sums[view]
                distance[...] = bits[view]
                for mine, yours in zip(block[1:], there[1:], strict=True):
                    np.bitwise_xor(mine[:, None], yours, out=exclusive[view])
                    distance += np.bitwise_count(exclusive[view], out=bits[view])
            near = distance <= self.radius
            if not near.any():  # this check costs a tenth of searching for the positions
                continue
            row, column = np.divmod(np.flatnonzero(near), near.shape[1])
            if self.asked is None:
                later = left + column > top + row
                row, column = row[later], column[later]
            report(top + row, left + column)
        return StepResult()

    @property
    def _rows(self) -> int:
        return self.size if self.asked is None else self.size - self.asked
