"""Find free names in a data set: for a file that gets another extension or another folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from catsclean.core import names
from catsclean.core.portable_names import same_name
from catsclean.core.safe_folder import Folder, NotAsRecordedError

_MOST_TRIES = 10_000


class FreeNames:
    """Gives out names that nothing in a folder has, also on systems that confuse some names.

    Names that differ only in case, or in how an accent is composed, count as the same.
    """

    def __init__(self, data: Folder, recorded: Iterable[str]) -> None:
        """Look into the folders of a data set as they are needed.

        Args:
            data: The data set.
            recorded: Paths of the manifest, escaped.  They are taken even if no file is there: one
                in the quarantine keeps its row, and comes back.
        """
        self._data = data
        self._taken: dict[str, set[str]] = {}
        self._recorded: defaultdict[str, set[str]] = defaultdict(set)
        for path in recorded:
            folder, _, name = path.rpartition("/")
            self._recorded[folder].add(same_name(name))

    def find(self, path: str, own: str = "") -> str:
        """Return a path, or one with a number before its extension if it is taken; reserve it.

        Args:
            path: The path that is wanted, escaped.
            own: Path of the file that is to get it: its present name does not count as taken.

        Raises:
            NotAsRecordedError: All names are taken, or the folder cannot be looked at.
        """
        folder, _, name = path.rpartition("/")
        taken = self._names(folder)
        if own.rpartition("/")[0] == folder and own:
            taken = taken - {same_name(own.rpartition("/")[2])}
        stem, dot, ending = name.rpartition(".")
        if not stem:
            stem, dot, ending = name, "", ""
        for number in range(1, _MOST_TRIES):
            tried = name if number == 1 else f"{stem}-{number}{dot}{ending}"
            if same_name(tried) not in taken:
                self._taken[folder].add(same_name(tried))
                return f"{folder}/{tried}" if folder else tried
        raise NotAsRecordedError(f"cannot move to {path}: every name like it is taken")

    def _names(self, folder: str) -> set[str]:
        if folder not in self._taken:
            native = names.decode(folder)
            found: set[str] = set()
            try:
                if not native or self._data.lstat(native) is not None:
                    found = {same_name(names.encode(name)) for name in self._data.names(native)}
            except OSError as error:
                raise NotAsRecordedError(f"cannot move to {folder}: {error.strerror}") from error
            self._taken[folder] = found | self._recorded[folder]
        return self._taken[folder]
