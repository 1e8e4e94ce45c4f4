"""The split of each unit, in the memory that millions of units leave."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, MutableMapping

import numpy as np
from numpy.typing import NDArray


class UnitSplits(MutableMapping[int, str]):
    """The split of each unit by its number, like a dict; units without one are not in it.

    It takes two bytes for each unit, where a dict takes a hundred.
    """

    def __init__(self, units: int) -> None:
        """Expect units from 0 up to a number of them, none in a split yet."""
        # code of each unit's split; 0: it has none
        self._codes = array("H", bytes(2 * units))
        self._names = [""]
        self._code_of: dict[str, int] = {}

    def __getitem__(self, unit: int) -> str:
        code = self._codes[unit]
        if not code:
            raise KeyError(unit)
        return self._names[code]

    def __setitem__(self, unit: int, name: str) -> None:
        self._codes[unit] = self._code(name)

    def __delitem__(self, unit: int) -> None:
        if not self._codes[unit]:
            raise KeyError(unit)
        self._codes[unit] = 0

    def __iter__(self) -> Iterator[int]:
        return (unit for unit, code in enumerate(self._codes) if code)

    def __len__(self) -> int:
        return len(self._codes) - self._codes.count(0)

    def put(self, units: NDArray[np.int64], name: str) -> None:
        """Set the split of some units."""
        np.frombuffer(self._codes, np.uint16)[units] = self._code(name)

    def _code(self, name: str) -> int:
        code = self._code_of.get(name)
        if code is None:
            code = self._code_of[name] = len(self._names)
            self._names.append(name)
        return code
