"""The plan of an audit: the files that are still to be read, cut into tasks, as one Arrow file.

Each task is one record batch of the file, so that it reads nothing of the others.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from catsclean.core import names
from catsclean.core.arrow import digest_of, to_numpy
from catsclean.core.cache_files import open_tables, writing_tables
from catsclean.core.files import arrow_file
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.core.notebook_view import NotebookView
from catsclean.core.text import count
from catsclean.errors import ConfigError, DatasetError, StateError, UsageError
from catsclean.scan.cache import METADATA_KEY, PLANS, Cache, plan_id, read_header

_VERSION: Final = 1
_NAME: Final = re.compile(r"plan-[0-9a-f]{16}\.arrow")
_MAKE_ONE: Final = "Make one with: catsclean plan FOLDER"
_SCHEMA: Final = pa.schema(
    [
        ("path", pa.string()),
        ("size_bytes", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("inode", pa.int64()),
        ("place", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class AuditPlan(NotebookView):
    """The files that an audit has to read, cut into tasks that any machine can run.

    Attributes:
        path: The file that holds it; None: there is nothing to read.
        root: The data set.
        tasks: Number of tasks; they are numbered from 0.
        files: Number of files to read.
        bytes: Their size.
        known: Number of files that need not be read: all that they say is in the cache.
        limits: Bounds on each file.
        exclude: Patterns of files and folders that were left out.
        containers: Containers in the data set that alone are read, escaped; none: no choice.
        follow_links: Links are followed.
        follow_links_to: Folders outside the data set that links may lead into.
        fingerprint: Digest of everything else that evidence depends on.
        made_ns: When it was made, in nanoseconds since 1970.
        embedder: Name of the network that examines the pictures; empty: none does.
        embedder_version: Its version.
    """

    path: Path | None
    root: Path
    tasks: int
    files: int
    bytes: int
    known: int
    limits: Limits = field(default_factory=Limits)
    exclude: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    follow_links: bool = False
    follow_links_to: tuple[Path, ...] = ()
    fingerprint: str = field(default="", repr=False)
    made_ns: int = field(default=0, repr=False)
    embedder: str = ""
    embedder_version: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """Name of the plan in the names of its parts: a digest of its content."""
        return "" if self.path is None else plan_id(self.path)

    @property
    def reach(self) -> Reach:
        """Where links may lead."""
        return Reach(self.root, self.follow_links, self.follow_links_to)

    @property
    def cache(self) -> Cache:
        """The cache that holds the plan and takes what its tasks read."""
        return Cache((self.path or Path()).parent, self.fingerprint)

    def count_done(self) -> int:
        """Return how many of its tasks have committed their part."""
        if self.path is None:
            return 0
        return sum(1 for _ in self.path.parent.glob(f"part-{self.id}-*.arrow"))

    def files_of(self, number: int) -> pa.Table:
        """Read path, size, time, inode, and place in their container, of the files of a task.

        Raises:
            UsageError: There is no such task.
            StateError: The plan is gone or damaged.
        """
        if self.path is None or not 0 <= number < self.tasks:
            whole = f"from 0 to {self.tasks - 1:,}" if self.tasks else "none, nothing is to be read"
            raise UsageError(f"there is no such task. Received: {number}. The tasks: {whole}.")
        try:
            with arrow_file(self.path, "rb") as stream:
                batch = open_tables(stream).get_batch(number)
            batch.validate(full=True)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise _unreadable(self.path) from error
        return pa.Table.from_batches([batch])

    def save(self, folder: Path, files: pa.Table, tasks: Sequence[range]) -> AuditPlan:
        """Write the plan to a cache folder, whole or not at all; return it with its place.

        A plan of the same files and settings has the same name; it is left as it is.

        Args:
            folder: The folder.
            files: Path, size, time, inode and place of all files to read.
            tasks: The rows of each task.

        Raises:
            OSError: It cannot be written.
        """
        header = self._header(folder)
        seal = hashlib.sha256(json.dumps({**header, "made_ns": 0}, sort_keys=True).encode())
        for batch in _batches(files, tasks):
            seal.update(digest_of(batch.column("path")))
            for name in _SCHEMA.names[1:]:
                seal.update(np.ascontiguousarray(to_numpy(batch.column(name))).data)
        path = folder / f"plan-{seal.hexdigest()[:16]}.arrow"
        if not read_header(path):
            metadata = {METADATA_KEY: json.dumps(header).encode()}
            with writing_tables(path, _SCHEMA.with_metadata(metadata)) as writer:
                for batch in _batches(files, tasks):
                    writer.write_batch(batch)
        return load_plan(path, self.follow_links_to)

    def _header(self, folder: Path) -> dict[str, Any]:
        return {
            "plan": _VERSION,
            "fingerprint": self.fingerprint,
            "made_ns": self.made_ns,
            "root": os.fspath(self.root),
            # machines may see both folders under another path
            "root_from_here": os.path.relpath(self.root, folder),
            "tasks": self.tasks,
            "files": self.files,
            "bytes": self.bytes,
            "known": self.known,
            "limits": {name: getattr(self.limits, name) for name in self.limits.__slots__},
            "exclude": list(self.exclude),
            "containers": list(self.containers),
            "follow_links": self.follow_links,
            "follow_links_to": [os.fspath(folder) for folder in self.follow_links_to],
            "embedder": self.embedder,
            "embedder_version": self.embedder_version,
        }


def load_plan(path: Path, follow_links_to: tuple[Path, ...] = ()) -> AuditPlan:
    """Read a plan, without the files of its tasks.

    Args:
        path: Its file.
        follow_links_to: Folders outside the data set that links may lead into, resolved.  They are
            never taken from a file, because the author of the data set may have written it.

    Raises:
        UsageError: The file is not a plan, or its data set was to be read with other folders.
        DatasetError: The data set is not where it was.
        StateError: The plan is damaged.
    """
    shown = f"Received: {names.text(os.fspath(path))!r}."
    path = path.absolute()
    if not path.is_file():
        raise UsageError(
            f"there is no plan here. {shown} An audit removes the plans that it completes; to make"
            " one: catsclean plan FOLDER"
        )
    header = read_header(path)
    if header.get("plan") != _VERSION or not _NAME.fullmatch(path.name):
        raise UsageError(f"this is not a plan of this version of catsclean. {shown} {_MAKE_ONE}")
    try:
        recorded = tuple(Path(folder) for folder in header["follow_links_to"])
        plan = AuditPlan(
            path=path,
            root=_find_root(path.parent, header["root_from_here"], header["root"]),
            tasks=int(header["tasks"]),
            files=int(header["files"]),
            bytes=int(header["bytes"]),
            known=int(header["known"]),
            limits=Limits(**header["limits"]),
            exclude=tuple(header["exclude"]),
            containers=tuple(header["containers"]),
            follow_links=bool(header["follow_links"]),
            follow_links_to=recorded,
            fingerprint=str(header["fingerprint"]),
            made_ns=int(header["made_ns"]),
            # plans of earlier versions have none
            embedder=str(header.get("embedder", "")),
            embedder_version=str(header.get("embedder_version", "")),
        )
    except (
        KeyError, TypeError, ValueError, AttributeError, OverflowError, ConfigError,
    ) as error:  # fmt: skip
        raise _unreadable(path) from error
    if set(recorded) != set(follow_links_to):
        listed = " ".join(f"--follow-links-to {names.shell_word(str(one))}" for one in recorded)
        raise UsageError(
            "the plan was made with other folders that links may lead into (follow_links_to=)."
            f" Received: {[str(one) for one in follow_links_to]}."
            f" Use these options: {listed or 'none'}."
        )
    return plan


def describe_plans(cache: Cache, limits: Limits) -> list[str]:
    """Say in one line each which plans the audit of a cache cannot complete from its parts."""
    said = []
    for path in sorted(cache.folder.glob(PLANS)):
        header = read_header(path)
        if header.get("fingerprint") == cache.fingerprint:
            done = sum(1 for _ in cache.folder.glob(f"part-{plan_id(path)}-*.arrow"))
            tasks = header.get("tasks")
            if isinstance(tasks, int) and done < tasks:  # else it is damaged
                said.append(
                    f"{tasks - done:,} of {count(tasks, 'task')} of the plan {path.name} have not"
                    " run. The audit reads their files itself."
                )
        elif header:
            said.append(
                f"The plan {path.name} was made with {_difference(header, limits)}. The audit"
                " cannot use what its tasks read, and reads the files itself."
            )
    return said


def _difference(header: dict[str, Any], limits: Limits) -> str:
    recorded = header.get("limits")
    recorded = recorded if isinstance(recorded, dict) else {}
    other = [
        f"{name}={recorded[name]:,} (this audit: {getattr(limits, name):,})"
        for name in limits.__slots__
        if isinstance(recorded.get(name), int | float) and recorded[name] != getattr(limits, name)
    ]
    return ", ".join(other) or "other versions or extras of catsclean, Pillow or simplejpeg"


def _batches(files: pa.Table, tasks: Iterable[range]) -> Iterator[pa.RecordBatch]:
    for task in tasks:
        piece = files.slice(task.start, len(task)).combine_chunks()
        yield piece.to_batches()[0]


def _find_root(folder: Path, relative: str, absolute: str) -> Path:
    """Find the data set as the machine that made the plan saw it, from here or from the root.

    Raises:
        DatasetError: It is in neither place.
    """
    for place in (folder / relative, Path(absolute)):
        if place.exists():
            return place.resolve()
    raise DatasetError(
        f"the data set of the plan is not here. Received: {names.text(absolute)!r}. Mount it under"
        " the same path, or beside its state folder as it was."
    )


def _unreadable(path: Path) -> StateError:
    return StateError(
        f"the plan cannot be read. Received: {names.text(os.fspath(path))!r}. {_MAKE_ONE}"
    )
