"""Compare a folder with its manifest, file by file: what ``git fsck`` does for a repository.

Whoever publishes a data set publishes its manifest with it.  Whoever downloads both learns in one
call whether every file has the bytes, the label and the split that it was published with.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.links import Reach
from catsclean.core.manifest import Manifest
from catsclean.core.model import Status
from catsclean.core.not_a_folder import explain_url
from catsclean.core.progress_bar import with_bar
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.errors import UsageError
from catsclean.scan import junk
from catsclean.scan.discover import discover
from catsclean.scan.sidecar_files import check_endings, find_sidecars

if TYPE_CHECKING:
    import pandas as pd

_THREADS: Final = 8
_COLUMNS: Final = ("path", "sha256", "status", "split", "group")
#: What may be wrong with a file, worst first.
KINDS: Final = ("missing", "changed", "misplaced", "unread", "leak", "unknown")
# what a split writes beside its pictures
_OWN_FILES: Final = frozenset(
    {"manifest.csv", "manifest.parquet", "split.json", "croissant.json", "metadata.csv"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not as the manifest says.

    Attributes:
        path: The file, escaped; its place in the manifest if it is missing.
        kind: ``missing``; ``changed``: it has other bytes; ``misplaced``: its bytes are in another
            place, and so may have another label or split; ``unread``: it could not be read;
            ``leak``: copies of it are in another split; or ``unknown``: the manifest does not have
            it.
        why: What is wrong, in words.
    """

    path: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of the files of a manifest.

    Attributes:
        folder: The folder that was read.
        whole: Number of files that have the bytes of the manifest, in their place.
        left_out: Number of files that the manifest drops, and that are not there.
        unrecorded: Number of files whose digest the manifest does not have; nothing can be said.
        problems: What is wrong, sorted by kind and path.
    """

    folder: Path
    whole: int
    left_out: int
    unrecorded: int
    problems: tuple[Problem, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong, and every file could be compared."""
        return not self.problems and not self.unrecorded

    def to_pandas(self) -> pd.DataFrame:
        """Return the problems as a table: ``path``, ``kind``, ``why``."""
        import pandas as pd

        rows = [(one.path, one.kind, one.why) for one in self.problems]
        return pd.DataFrame(rows, columns=["path", "kind", "why"], dtype="string")


@with_bar("reading")
@checked
def verify(
    manifest: Manifest | str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Compare every file of a folder with its manifest; nothing is changed.

    Read are all files that the manifest lists, and those that it does not, to tell whether they
    were moved.  Links are not followed.  System files such as ``.DS_Store``, sidecar files of
    listed pictures, and what a split writes beside its pictures are passed over.

    Args:
        manifest: The manifest, or its file: that of an audit, or the one that a split wrote.
        folder: The folder; None: the one that the manifest lies in, if the files are there, else
            the one that it was made for.
        progress: Called with the number of files read and their total.

    Raises:
        ManifestError: The manifest is damaged.
        UsageError: The folder does not exist, or cannot be opened.
    """
    loaded, root = _open(manifest, folder)
    rows = _rows(loaded)
    listing = discover(Reach.of(root))
    listed = dict(zip(listing.paths, listing.sizes_bytes, strict=True))
    try:
        opened = Folder(root)
    except OSError as error:
        raise UsageError(
            f"cannot read the folder {names.text(str(root))!r}: {error.strerror or error}."
        ) from error
    with opened as data:
        others = _others(data, listed, rows)
        wanted = [path for path in rows if path in listed]
        found = dict(_digests(data, [*wanted, *others], progress))
    compared = [(path, _compare(rows[path], *found[path])) for path in wanted]
    missing = [path for path, row in rows.items() if path not in listed and not row.dropped]
    problems = [
        *(Problem(path, "unread", why) for path, why in listing.unreadable_folders),
        *(Problem(path, *wrong) for path, wrong in compared if wrong is not None),
        *_judge_others(others, found, missing, rows),
        *_find_leaks(rows),
    ]
    order = {kind: number for number, kind in enumerate(KINDS)}
    return Verification(
        root,
        sum(wrong is None and rows[path].sha256 != "" for path, wrong in compared),
        len(rows) - len(wanted) - len(missing),
        sum(not rows[path].sha256 and not rows[path].dropped for path in wanted),
        tuple(sorted(problems, key=lambda one: (order[one.kind], one.path))),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    sha256: str
    split: str
    group: str
    dropped: bool


def _open(
    manifest: Manifest | str | os.PathLike[str], folder: str | os.PathLike[str] | None
) -> tuple[Manifest, Path]:
    if folder is not None and (advice := explain_url(os.fspath(folder))):
        raise UsageError(advice)
    if isinstance(manifest, Manifest):
        root = Path(folder) if folder is not None else manifest.root
        loaded = manifest
    else:
        beside = Path(manifest).absolute().parent
        loaded = Manifest.load(manifest, folder if folder is not None else _recorded(manifest))
        root = Path(folder) if folder is not None else _home(loaded, beside)
    if not root.is_dir():
        raise UsageError(
            f"no such folder. Received: {names.text(str(root))!r}. Name the folder that holds the"
            " files of the manifest."
        )
    return loaded, root.absolute()


def _recorded(manifest: str | os.PathLike[str]) -> Path | None:
    """Return where the files of a CSV are, which has no place for it: beside it."""
    is_csv = os.fspath(manifest).lower().endswith(".csv")
    return Path(manifest).absolute().parent if is_csv else None


def _home(manifest: Manifest, beside: Path) -> Path:
    """Return the folder that a manifest lies in if its files are there, else the recorded one."""
    some = manifest.lists(["path"])["path"][:100]
    there = any((beside / names.decode(path)).exists() for path in some)
    return beside if there else manifest.root


def _rows(manifest: Manifest) -> dict[str, _Row]:
    known = manifest.lists([name for name in _COLUMNS if name in manifest.column_names])
    empty: list[Any] = [None] * len(manifest)
    values = zip(*(known.get(name, empty) for name in _COLUMNS), strict=True)
    return {
        path: _Row(sha256 or "", split or "", group or "", status == Status.DROP.value)
        for path, sha256, status, split, group in values
    }


def _compare(row: _Row, digest: str, why: str) -> tuple[str, str] | None:
    """Return kind and words of what is wrong with a file in its place; None if nothing is."""
    if not row.sha256:
        return None
    if why:
        return "unread", why
    return None if digest == row.sha256 else ("changed", "has other bytes than the manifest says")


def _others(data: Folder, listed: Mapping[str, int], rows: Mapping[str, _Row]) -> list[str]:
    """Return the files that the manifest does not have, and that somebody could miss in it."""
    pictures = [names.decode(path) for path in rows if path in listed]
    beside = {names.encode(one.path) for one in find_sidecars(data, pictures, check_endings(None))}
    return [
        path
        for path in listed
        if path not in rows
        and path not in beside
        and not junk.is_junk_file(path.rpartition("/")[2])
        and not any(map(junk.is_junk_folder, path.split("/")[:-1]))
        and path.rpartition("/")[2] not in _OWN_FILES
    ]


def _digests(
    data: Folder, paths: list[str], progress: Callable[[int, int], None] | None
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each path with its digest, or why there is none."""

    def read(path: str) -> tuple[str, str]:
        try:
            return data.digest(names.decode(path))[0], ""
        except (NotAsRecordedError, OSError) as error:
            return "", getattr(error, "strerror", None) or str(error)

    with ThreadPoolExecutor(_THREADS, "catsclean verify") as pool:
        for number, (path, found) in enumerate(zip(paths, pool.map(read, paths), strict=True), 1):
            yield path, found
            if progress is not None:
                progress(number, len(paths))


def _judge_others(
    others: Iterable[str],
    found: Mapping[str, tuple[str, str]],
    missing: Iterable[str],
    rows: Mapping[str, _Row],
) -> Iterator[Problem]:
    """Tell files that lie elsewhere from those that are gone, and from those that nobody knows."""
    places: dict[str, list[str]] = {}
    for path in missing:
        places.setdefault(rows[path].sha256, []).append(path)
    for path in others:
        digest, _ = found[path]
        if digest and places.get(digest):
            yield Problem(path, "misplaced", f"its place is {places[digest].pop()}")
        else:
            yield Problem(path, "unknown", "is not in the manifest")
    for gone in places.values():
        yield from (Problem(path, "missing", "is not there") for path in gone)


def _find_leaks(rows: Mapping[str, _Row]) -> Iterator[Problem]:
    """Find pictures of one group, or with the same bytes, in several splits."""
    used = {path: row for path, row in rows.items() if row.split and not row.dropped}
    for key in ("group", "sha256"):
        splits: dict[str, dict[str, str]] = {}
        for path, row in used.items():
            if value := getattr(row, key):
                splits.setdefault(value, {}).setdefault(row.split, path)
        for path, row in list(used.items()):
            where = splits.get(getattr(row, key), {})
            if others := sorted(name for name in where if name != row.split):
                yield Problem(
                    path, "leak", f"is in {row.split}, a copy is in {others[0]}: {where[others[0]]}"
                )
                del used[path]
