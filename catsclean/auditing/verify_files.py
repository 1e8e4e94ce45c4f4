"""Compare a data set with its manifest, file by file: what ``git fsck`` does for a repository.

Whoever publishes a data set publishes its manifest with it.  Whoever downloads both learns in one
call whether every file has the bytes, the label and the split that it was published with.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catsclean.auditing.file_digests import FilesToCompare
from catsclean.auditing.label_members import judge_labels
from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.belonging import read_recorded
from catsclean.core.container_names import is_container_name
from catsclean.core.manifest import Manifest
from catsclean.core.model import Status
from catsclean.core.not_a_folder import explain_url
from catsclean.core.progress_bar import with_bar
from catsclean.core.split_names import FOUND_FROM, SOURCE, folders_in
from catsclean.core.state import locate
from catsclean.core.state_names import AUDIT, MANIFEST_NAMES
from catsclean.errors import UsageError
from catsclean.images.read_file import container_of

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS: Final = ("path", "sha256", "status", "label", "split", "group")
_CSV: Final = ".csv"
#: What may be wrong with a file, worst first.
KINDS: Final = ("missing", "changed", "misplaced", "relabelled", "unread", "leak", "unknown")


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not as the manifest says; one that is changed may also be a leak.

    Attributes:
        path: The file, escaped; its place in the manifest if it is missing.
        kind: ``missing``; ``changed``: it has other bytes, maybe those of another picture;
            ``misplaced``: its bytes are in another place, and so may have another label or split;
            ``relabelled``: its archive records another label, in any file beside it; ``unread``: it
            could not be read; ``leak``: copies of it are in another split; or ``unknown``: the
            manifest does not have it.
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
        ignored: The files that the manifest does not have, and that an audit would ignore:
            pictures neither by name nor by content.
    """

    folder: Path
    whole: int
    left_out: int
    unrecorded: int
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong, and every file of the manifest could be compared."""
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
    """Compare every file of a data set with its manifest; nothing is changed.

    Read are all files that the manifest lists, and those that it does not, to tell whether they
    were moved.  Links are not followed.  System files such as ``.DS_Store``, sidecar files of
    listed pictures, and what a split writes beside its pictures are passed over; what an audit
    would ignore, such as a ``README.md``, is named in `ignored`.

    Args:
        manifest: The manifest, its file, or the folder that it lies in: that of an audit, or the
            one that a split wrote.
        folder: The folder or the archive; None: the folder that the manifest lies in, if the files
            are there, else the place that it was made for (for a CSV: the one that the state folder
            or the Parquet manifest beside it records).
        progress: Called with the number of files read and their total.

    Raises:
        ManifestError: The manifest is damaged.
        UsageError: The folder does not exist, or cannot be opened; there is no manifest in it; or a
            CSV is alone, so that nothing says where its files are.
    """
    loaded, root = _open(manifest, folder)
    rows = _rows(loaded)
    files = FilesToCompare(root, rows)
    others = files.besides(rows.keys())
    wanted = [path for path in rows if path in files]
    found = dict(files.digests([*wanted, *others], progress))
    relabelled = judge_labels(
        files.label_members(wanted),
        {path: row.label for path, row in rows.items()},
        written=SOURCE in loaded.column_names,
    )
    owners = _owners(rows)
    compared = [
        (
            path,
            _compare(rows[path], *found[path], files.label_of(path), relabelled.get(path), owners),
        )
        for path in wanted
    ]
    missing = [path for path, row in rows.items() if path not in files and not row.dropped]
    leaks = list(_find_leaks(found, rows, owners))
    leaking = {leak.path for leak in leaks}
    judged = list(_judge_others(others, found, missing, rows))
    ignored = files.ignored(
        one.path for one in judged if one.kind == "unknown" and one.path not in leaking
    )
    passed = leaking.union(ignored)
    problems = [
        *(Problem(path, "unread", why) for path, why in files.unreadable),
        *(Problem(path, *wrong) for path, wrong in compared if wrong is not None),
        *(one for one in judged if one.kind != "unknown" or one.path not in passed),
        *leaks,
    ]
    order = {kind: number for number, kind in enumerate(KINDS)}
    return Verification(
        root,
        sum(wrong is None and rows[path].sha256 != "" for path, wrong in compared),
        len(rows) - len(wanted) - len(missing),
        sum(not rows[path].sha256 and not rows[path].dropped for path in wanted),
        tuple(sorted(problems, key=lambda one: (order[one.kind], one.path))),
        tuple(sorted(ignored)),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    sha256: str
    label: str
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
        manifest = _file_in(Path(manifest)).absolute()
        # a CSV has no place for the folder of its files
        is_csv = manifest.suffix.lower() == _CSV
        loaded = Manifest.load(manifest, folder or (manifest.parent if is_csv else None))
        root = Path(folder) if folder is not None else _home(loaded, manifest)
    if not root.is_dir() and not (root.is_file() and is_container_name(root.name)):
        raise UsageError(
            f"no such folder. Received: {names.text(str(root))!r}. Name the folder that holds the"
            " files of the manifest, or the archive."
        )
    return loaded, root.absolute()


def _file_in(place: Path) -> Path:
    """Return the manifest in a folder, such as that of a split; any other path as it is."""
    if not place.is_dir():
        return place
    there = [place / name for name in MANIFEST_NAMES]
    found = next((path for path in there if path.is_file()), None)
    if found is None:
        raise UsageError(
            f"no manifest in this folder. Received: {names.text(str(place))!r}. Name its file: the"
            " manifest.parquet that a split wrote, or that of an audit in FOLDER.catsclean."
        )
    return found


def _home(manifest: Manifest, file: Path) -> Path:
    """Return the folder that a manifest lies in if its files are there, else the recorded one."""
    beside = file.parent
    some = manifest.lists(["path"])["path"][:100]
    if any((beside / names.decode(path)).exists() or container_of(beside, path) for path in some):
        return beside
    if (beside / AUDIT).is_file():  # a state folder, which may have moved with its data set
        with contextlib.suppress(UsageError):
            return locate(state_dir=beside).root
    if file.suffix.lower() != _CSV:
        return manifest.root
    recorded = read_recorded(beside)
    if recorded is None or recorded.root is None:
        raise UsageError(
            "a CSV does not say where its files are, and none of them is beside it. Received:"
            f" {names.text(str(file))!r}. Name the folder, too."
        )
    return recorded.root


def _rows(manifest: Manifest) -> dict[str, _Row]:
    there = manifest.column_names
    known = manifest.lists([name for name in {*_COLUMNS, *FOUND_FROM} if name in there])
    empty: list[Any] = [None] * len(manifest)
    if SOURCE not in there and "split" in known:
        # files lie in the folders of the last audit, whatever a split has assigned since
        both = zip(folders_in(known), known["split"], strict=True)
        known["split"] = [folder or split for folder, split in both]
    values = zip(*(known.get(name, empty) for name in _COLUMNS), strict=True)
    return {
        path: _Row(sha256 or "", label or "", split or "", group or "", status == Status.DROP.value)
        for path, sha256, status, label, split, group in values
    }


def _owners(rows: Mapping[str, _Row]) -> dict[str, str]:
    """Return the first picture with each digest; one that is dropped only if all are."""
    owners: dict[str, str] = {}
    for path, row in sorted(rows.items(), key=lambda item: item[1].dropped):
        if row.sha256:
            owners.setdefault(row.sha256, path)
    return owners


def _compare(
    row: _Row,
    digest: str,
    why: str,
    recorded: str | None,
    disagreeing: str | None,
    owners: Mapping[str, str],
) -> tuple[str, str] | None:
    """Return kind and words of what is wrong with a file in its place; None if nothing is."""
    if not row.sha256:
        return None
    if why:
        return "unread", why
    if digest != row.sha256:
        if owner := owners.get(digest):
            return "changed", f"has the bytes of {owner}"
        return "changed", "has other bytes than the manifest says"
    if disagreeing is not None:
        return "relabelled", disagreeing
    if recorded is None or recorded == row.label:
        return None
    return "relabelled", f"labelled {recorded}; the manifest says {row.label or 'no label'}"


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


def _find_leaks(
    found: Mapping[str, tuple[str, str]], rows: Mapping[str, _Row], owners: Mapping[str, str]
) -> Iterator[Problem]:
    """Find pictures of one group, or with the same bytes, that now lie in several splits.

    A file that took another place is named, not the pictures that it is a copy of.
    """
    placed, strays = _lying(found, rows, owners)
    for pictures, others in ((placed, placed), (strays, placed | strays)):
        leaking: set[str] = set()
        for key in ("group", "sha256"):
            splits: dict[str, dict[str, str]] = {}
            for path, row in others.items():
                if value := getattr(row, key):
                    splits.setdefault(value, {}).setdefault(row.split, path)
            for path, row in pictures.items():
                where = splits.get(getattr(row, key), {})
                elsewhere = min(where.keys() - {row.split}, default=None)
                if elsewhere is not None and path not in leaking:
                    leaking.add(path)
                    why = f"is in {row.split}, a copy is in {elsewhere}: {where[elsewhere]}"
                    yield Problem(path, "leak", why)


def _lying(
    found: Mapping[str, tuple[str, str]], rows: Mapping[str, _Row], owners: Mapping[str, str]
) -> tuple[dict[str, _Row], dict[str, _Row]]:
    """Return the pictures in a split: those in their places, and those in any other place."""
    folders = {row.split for row in rows.values() if row.split}
    placed: dict[str, _Row] = {}
    strays: dict[str, _Row] = {}
    for path, (digest, _) in found.items():
        row = rows.get(path)
        top = path.partition("/")[0]
        split = row.split if row is not None else top if top in folders else ""
        # a loader reads a file that an audit drops as a copy, but none that cannot be used
        if not split or (row is not None and row.dropped and not row.group):
            continue
        if row is not None and (not row.sha256 or digest in {"", row.sha256}):
            placed[path] = replace(row, sha256=digest or row.sha256)
        elif owner := owners.get(digest):
            strays[path] = replace(rows[owner], split=split)
    return placed, strays
