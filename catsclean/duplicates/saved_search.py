"""Save how far a search for pairs is, so that an audit that was killed resumes it.

Among a million pictures the search takes minutes.  It consists of steps that do not depend on one
another (:mod:`.search_steps`), so the pairs of the finished ones are saved every few seconds.  If
several processes do them, the first unfinished step is where the next search goes on: it repeats
those behind it, whose pairs then count once.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.files import replacing
from catsclean.duplicates.pair_collector import Found, SearchState

_VERSION: Final = b"catsclean-search-2"
_FILES: Final = "search-*.bin"
_DIGEST_BYTES: Final = 32
# type of each array of a state as the file has it; positions are below 2**32
_KINDS: Final = ("<u4", "<u4", "<u4", "<u4", "<i4", "|b1")
_NUMBERS: Final = 4
_HEAD: Final = _NUMBERS + len(_KINDS)
_SECONDS: Final = 5.0
# saving takes at most this share of the time
_MOST_OF_TIME: Final = 0.05


class Seldom:
    """Tells when it is time to save: every few seconds, and less often if saving takes long."""

    def __init__(self) -> None:
        """Begin to count now."""
        self._next = time.monotonic() + _SECONDS

    @contextlib.contextmanager
    def saving(self) -> Iterator[bool]:
        """Yield whether it is time; what is done meanwhile counts as saving."""
        begun = time.monotonic()
        if begun < self._next:
            yield False
            return
        yield True
        ended = time.monotonic()
        self._next = ended + max(_SECONDS, (ended - begun) / _MOST_OF_TIME)


class SavedSearch:
    """How far one search is, in a file that counts only for the same hashes and radii."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Store the file, and a digest of all that the result depends on."""
        self._path = path
        self._key = key
        self._seldom = Seldom()

    def then(self, name: str) -> SavedSearch:
        """Return that of another search for the same pairs."""
        path = self._path.with_name(f"{self._path.stem}-{name}.bin")
        return SavedSearch(path, self._key + name.encode())

    def resume(self, found: Found) -> None:
        """Give a search the pairs of the steps that an earlier one finished, if there are any."""
        try:
            content = self._path.read_bytes()
        except OSError:
            return
        body = memoryview(content)[_DIGEST_BYTES:]
        if self._digest([body]) != content[:_DIGEST_BYTES]:
            return
        steps, work, complete, thinned, *sizes = np.frombuffer(body, "<i8", _HEAD).tolist()
        arrays, start = [], 8 * _HEAD
        for kind, size in zip(_KINDS, sizes, strict=True):
            arrays.append(np.frombuffer(body, kind, size, start))
            start += arrays[-1].nbytes
        found.resume(SearchState(steps, work, bool(complete), bool(thinned), *arrays))

    def keep(self, found: Found) -> None:
        """Save how far a search is, if it is time; if that fails, a new one begins at the start."""
        with self._seldom.saving() as is_time, contextlib.suppress(OSError):
            if is_time:
                self._write(list(_parts(found.state())))

    def _write(self, parts: list[bytes]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self._path) as temporary, temporary.open("wb") as stream:
            stream.write(self._digest(parts))
            stream.writelines(parts)

    def _digest(self, parts: Iterable[bytes | memoryview]) -> bytes:
        digest = hashlib.sha256(_VERSION + self._key)
        for part in parts:
            digest.update(part)
        return digest.digest()


class SavedSearches:
    """The saved searches of an audit, in its cache."""

    def __init__(self, folder: Path) -> None:
        """Store the folder."""
        self._folder = folder

    def of(
        self, name: str, numbers: Iterable[int], words: Iterable[NDArray[np.uint64]]
    ) -> SavedSearch:
        """Return one of them.

        Args:
            name: Its name, by which its file is named.
            numbers: The radii.
            words: The hashes.
        """
        key = hashlib.sha256(f"{name} {list(numbers)}".encode())
        for array in words:
            key.update(f"{array.shape}".encode())
            key.update(np.ascontiguousarray(array).data)
        return SavedSearch(self._folder / f"search-{name}.bin", key.digest())

    def forget(self) -> None:
        """Remove them all: their result is saved elsewhere."""
        with contextlib.suppress(OSError):
            for path in self._folder.glob(_FILES):
                path.unlink(missing_ok=True)


def _parts(state: SearchState) -> Iterator[bytes]:
    arrays: tuple[NDArray[Any], ...] = state[_NUMBERS:]
    yield np.array([*state[:_NUMBERS], *map(len, arrays)], "<i8").tobytes()
    for kind, array in zip(_KINDS, arrays, strict=True):
        yield array.astype(kind).tobytes()
