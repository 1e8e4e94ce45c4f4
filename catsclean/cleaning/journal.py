"""The journal of one clean or repair: the whole plan, on disk before the first file moves.

A run lies in ``<state>/quarantine/<run>/``: ``journal.json``, and ``files/`` with the files that
were set aside, under their old paths; in a bucket, keys begin like that.  The journal is only ever
replaced as a whole.  If a run was cut short, the journal's state says which step was under way, and
the files show how far it came.

A file leaves in one of three ways: into the quarantine; to another path of the data set (`target`),
as it is; or into the quarantine while a repaired one takes its place (`made`).  Repaired files are
written to ``made/`` before the journal, and undo puts them into ``changed/`` if somebody changed
them since.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from catsclean.core import names
from catsclean.core.leftovers import JOURNAL, RUN
from catsclean.core.manifest import check_path, check_text
from catsclean.core.parse_json import parse_json
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.stand_ins import shown
from catsclean.errors import StateError

SCHEMA_VERSION: Final = 2
_T = TypeVar("_T")
_MAX_BYTES = 2 << 30
_LATEST_NS = 2**63 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Folder of a run for the files that were set aside, and for changed ones that undo found.
FILES: Final = "files"
CHANGED: Final = "changed"
#: The columns of the manifest that a run may change in the row of a file.
ROW_COLUMNS: Final = (
    "path", "label", "sha256", "size_bytes", "width_px", "height_px", "mode", "format", "frames",
    "exif_orientation", "status", "reason",
)  # fmt: skip
Cell = str | int | None


class RunState(StrEnum):
    """State of a run; ``moving``, ``undoing`` and ``returning`` remain after a crash."""

    MOVING = "moving"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    RETURNING = "returning"  # some of its files, not the whole run


class RunKind(StrEnum):
    """What a run did, as people call it."""

    CLEAN = "clean"
    REPAIR = "repair"
    LABELS = "correction of labels"


class MoveOutcome(StrEnum):
    """The outcome for one file of a run."""

    PLANNED = "planned"
    MOVED = "moved"
    REFUSED = "refused"
    RESTORED = "restored"
    RETURNING = "returning"
    MISSING = "missing"  # neither in the quarantine nor back in its place


class MadeOutcome(StrEnum):
    """The outcome for a repaired file."""

    PLANNED = "planned"
    PLACED = "placed"
    REFUSED = "refused"
    REMOVED = "removed"  # by undo
    CHANGED = "changed"  # somebody changed it, so undo set it aside


@dataclass(slots=True)
class Made:
    """A repaired file that takes the place of the original.

    Attributes:
        path: Its path in the data set, escaped; often that of the original.
        sha256: Of its bytes.
        size_bytes: Their number.
        how: The repairs, and what they cost: for people.
        outcome: The outcome for it.
        found_sha256: Digest of what undo found in its place, if somebody changed it; else None.
        found_bytes: Size of that file.
    """

    path: str
    sha256: str
    size_bytes: int
    how: str = ""
    outcome: MadeOutcome = MadeOutcome.PLANNED
    found_sha256: str | None = None
    found_bytes: int = 0


@dataclass(slots=True)
class StoredAside:
    """What a bucket says about an object that was moved.

    Attributes:
        etag: ETag of the object in its new place.
        version: The version that has the old key; empty if the bucket keeps none, or if that is
            not known because the run was cut short.
        marker: The delete marker above it; as `version`.
    """

    etag: str
    version: str = ""
    marker: str = ""


@dataclass(slots=True)
class Entry:
    """One file of a run.

    Attributes:
        path: Escaped, as in the manifest.
        sha256: Of the bytes that were judged.
        size_bytes: Their number.
        validators: The validators that asked for the move; ``decision`` for a person.
        keeper: Path of the copy that must stay for this one to leave; None if there is no copy.
        keeper_sha256: Its digest.
        outcome: The outcome for the file.
        note: Why it was refused, or why it could not be brought back.
        link: If the file is a link, its target as written in the link (escaped): the link moves,
            the target stays.
        owner: Path of the picture whose sidecar file this is; None for any other file.
        target: Path in the data set that the file moves to (escaped); None: into the quarantine.
        made: The repaired file that takes its place; None if nothing does.
        stored: What the bucket says about the moved object; None for a file.
        reason: What the person wrote who decided about it; may be empty.
    """

    path: str
    sha256: str
    size_bytes: int
    validators: list[str]
    keeper: str | None = None
    keeper_sha256: str | None = None
    outcome: MoveOutcome = MoveOutcome.PLANNED
    note: str = ""
    link: str | None = None
    owner: str | None = None
    target: str | None = None
    made: Made | None = None
    stored: StoredAside | None = None
    reason: str = ""

    def place(self, run: str) -> str:
        """Return the native path of the file once it has left: in the quarantine or data set."""
        if self.target is not None:
            return names.decode(self.target)
        return f"{run}/{FILES}/{names.decode(self.path)}"

    @property
    def arrives(self) -> str | None:
        """The path in the data set that is new after the run, escaped; None if there is none."""
        return self.made.path if self.made is not None else self.target

    @property
    def ever_left(self) -> bool:
        """Whether the file has left, even if it came back since."""
        return self.outcome not in {MoveOutcome.PLANNED, MoveOutcome.REFUSED}

    @property
    def done(self) -> bool:
        """Whether the file has left, and its repaired file has its place if there is one."""
        return self.outcome is MoveOutcome.MOVED and (
            self.made is None or self.made.outcome is MadeOutcome.PLACED
        )

    @property
    def arrives_sha256(self) -> str:
        """The digest of the file there."""
        return self.made.sha256 if self.made is not None else self.sha256


class FolderOutcome(StrEnum):
    """The outcome for a folder that a run was expected to empty."""

    PLANNED = "planned"
    REMOVED = "removed"
    STAYED = "stayed"  # it still held something, or somebody made it again
    RETURNING = "returning"
    RESTORED = "restored"


@dataclass(slots=True)
class EmptiedFolder:
    """A folder that holds nothing but files that leave.

    Attributes:
        path: Escaped, as in the manifest.
        mode: Permission bits.
        uid: Number of its owner.
        gid: Number of its group.
        atime_ns: Time of its last access before the run, nanoseconds since 1970.
        mtime_ns: Time of its last change before the run.
        outcome: The outcome for the folder.
    """

    path: str
    mode: int
    uid: int
    gid: int
    atime_ns: int
    mtime_ns: int
    outcome: FolderOutcome = FolderOutcome.PLANNED


@dataclass(slots=True)
class StatusChange:
    """A change of a run to one row of the manifest, so that undo can change it back."""

    path: str
    sha256: str
    before: tuple[str, str | None]
    after: tuple[str, str | None]


@dataclass(slots=True)
class RowChange:
    """New values in one row of the manifest, so that undo can bring the old ones back.

    Attributes:
        before: Old value by column, at least ``path`` and ``sha256``.
        after: New value of the same columns.
    """

    before: dict[str, Cell]
    after: dict[str, Cell]


@dataclass(slots=True)
class Decided:
    """A picture that a person decided to keep.

    Attributes:
        path: Escaped, as in the manifest.
        sha256: Of its bytes.
        label: The label that the person gave it; empty if none.
        run_before: The run of the decision that stood before; empty if there was none.
        label_before: The label of that decision.
        given: The labels that the person decided against, see :class:`Kept`.
        given_before: Those of the decision before.
        alone_before: There was a decision before that no run recorded.
        left_out_before: The decision before left the picture out.
        revoked: An undo has revoked the decision.
        reason: What the person wrote about it; may be empty.
        reason_before: What was written about the decision before.
    """

    path: str
    sha256: str
    label: str = ""
    run_before: str = ""
    label_before: str = ""
    given: tuple[str, ...] = ()
    given_before: tuple[str, ...] = ()
    alone_before: bool = False
    left_out_before: bool = False
    revoked: bool = False
    reason: str = ""
    reason_before: str = ""


@dataclass(slots=True)
class Journal:
    """The plan of one clean and its outcome.

    Attributes:
        run: Name of the run: UTC time, ``20261122-165859``.
        root: Name of the data set's folder.
        state: Where the run stands.
        started: ISO 8601, UTC.
        entries: The files.
        statuses: The changed rows of the manifest.
        kept: The decisions to keep.
        folders: The folders that the run empties, the deepest first.
        rows: The rows of the manifest with new values.
        created: Folders that the run makes for its files, the deepest first; escaped.
        audit: Id of the audit whose findings the run acted on; empty if it has none.
    """

    run: str
    root: str
    state: RunState = RunState.MOVING
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    entries: list[Entry] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    kept: list[Decided] = field(default_factory=list)
    folders: list[EmptiedFolder] = field(default_factory=list)
    rows: list[RowChange] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    audit: str = ""

    @property
    def unfinished(self) -> bool:
        """Whether a crash cut the run short."""
        return self.state in {RunState.MOVING, RunState.UNDOING, RunState.RETURNING}

    @property
    def kind(self) -> RunKind:
        """What it did: a clean, unless all of its files were repaired, or got another label."""
        if any(one.arrives is None for one in self.entries):
            return RunKind.CLEAN
        if any(one.label for one in self.kept):
            return RunKind.LABELS
        return RunKind.REPAIR if self.entries else RunKind.CLEAN

    def write(self, quarantine: Folder) -> None:
        """Replace the journal on disk, durably and completely, or not at all."""
        document = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        data = json.dumps(document, ensure_ascii=True, indent=1).encode()
        quarantine.write(f"{self.run}/{JOURNAL}", data)

    @classmethod
    def read(cls, quarantine: Folder, run: str) -> Journal:
        """Read the journal of a run and check every part of it.

        Raises:
            StateError: It is damaged, of a newer version, or names a path outside the run.
        """
        where = f"the journal of run {run}"
        try:
            descriptor = quarantine.open(f"{run}/{JOURNAL}")
            with os.fdopen(descriptor, "rb") as stream:
                data = stream.read(_MAX_BYTES + 1)
            if len(data) > _MAX_BYTES:
                raise ValueError("it is too large")
            document = parse_json(data)
            version = document["schema_version"]
            if type(version) is not int or not 1 <= version <= SCHEMA_VERSION:
                raise ValueError(f"schema version {version!a:.40}, known is {SCHEMA_VERSION}")
            return cls(
                run=run,
                root=check_text(document["root"]),
                state=RunState(document["state"]),
                started=check_text(document["started"]),
                entries=_list(document["entries"], _entry),
                statuses=_list(document["statuses"], _status),
                kept=_list(document.get("kept", []), _decided),
                folders=_list(document.get("folders", []), _folder),
                rows=_list(document.get("rows", []), _row),
                created=_list(document.get("created", []), _path),
                audit=check_text(document.get("audit", "")),
            )
        except NotAsRecordedError as error:
            raise StateError(f"{where} {error}. {_by_hand(quarantine, run)}") from error
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise StateError(
                f"{where} is damaged: it is not JSON. {_by_hand(quarantine, run)}"
            ) from error
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else f"{str(error)!a:.300}"
            raise StateError(
                f"cannot trust {where}: {reason}. {_by_hand(quarantine, run)}"
            ) from error


def runs(quarantine: Folder) -> list[str]:
    """List the runs that have a journal, oldest first."""
    found = [name for name in quarantine.names() if RUN.fullmatch(name)]
    return sorted((run for run in found if _has_journal(quarantine, run)), key=_age)


def runs_after(quarantine: Folder, run: str) -> list[str]:
    """List the runs that have a journal and were made after a run, oldest first."""
    return [name for name in runs(quarantine) if _age(name) > _age(run)]


def unrecorded(quarantine: Folder) -> list[str]:
    """List the runs that hold files but whose journal was removed."""
    return [
        run
        for run in quarantine.names()
        if RUN.fullmatch(run) and not _has_journal(quarantine, run) and _holds(quarantine, run)
    ]


def is_run(name: str) -> bool:
    """Return whether a name has the form of a run's name."""
    return RUN.fullmatch(name) is not None


def new_run(quarantine: Folder) -> str:
    """Make the folder of a new run and return its name."""
    stem = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for number in range(1, 10_000):
        run = stem if number == 1 else f"{stem}-{number}"
        if quarantine.lstat(run) is None:
            quarantine.handle(f"{run}/{FILES}", create=True)
            return run
    raise StateError("10,000 cleans within one second")


def _has_journal(quarantine: Folder, run: str) -> bool:
    try:
        return quarantine.lstat(f"{run}/{JOURNAL}") is not None
    except NotAsRecordedError:
        return False


def _holds(quarantine: Folder, run: str) -> bool:
    try:
        return bool(quarantine.names(f"{run}/{FILES}"))
    except OSError:
        return False


def _by_hand(quarantine: Folder, run: str) -> str:
    place = names.text(shown(quarantine.path / run / "files"))
    return f"Its files are in {place!r}: move them back by hand, then move that run's folder away."


def _age(run: str) -> tuple[str, int]:
    day, time, *number = run.split("-")
    return f"{day}-{time}", int(number[0]) if number else 1


def _list(value: Any, make: Callable[[Any], _T]) -> list[_T]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return [make(item) for item in value]


def _entry(item: dict[str, Any]) -> Entry:
    keeper = item["keeper"]
    return Entry(
        path=_path(item["path"]),
        sha256=_digest(item["sha256"]),
        size_bytes=_size(item["size_bytes"]),
        validators=_list(item["validators"], check_text),
        keeper=None if keeper is None else _path(keeper),
        keeper_sha256=None if keeper is None else _digest(item["keeper_sha256"]),
        outcome=MoveOutcome(item["outcome"]),
        note=check_text(item["note"]),
        link=None if item.get("link") is None else check_text(item["link"]),
        owner=None if item.get("owner") is None else _path(item["owner"]),
        target=None if item.get("target") is None else _path(item["target"]),
        made=None if item.get("made") is None else _made(item["made"]),
        stored=None if item.get("stored") is None else _stored(item["stored"]),
        reason=check_text(item.get("reason", "")),
    )


def _stored(item: dict[str, Any]) -> StoredAside:
    return StoredAside(*(check_text(item[name]) for name in ("etag", "version", "marker")))


def _made(item: dict[str, Any]) -> Made:
    found = item["found_sha256"]
    return Made(
        path=_path(item["path"]),
        sha256=_digest(item["sha256"]),
        size_bytes=_size(item["size_bytes"]),
        how=check_text(item["how"]),
        outcome=MadeOutcome(item["outcome"]),
        found_sha256=None if found is None else _digest(found),
        found_bytes=_size(item["found_bytes"]),
    )


def _row(item: dict[str, Any]) -> RowChange:
    before, after = _cells(item["before"]), _cells(item["after"])
    if before.keys() != after.keys():
        raise ValueError("a row whose columns differ")
    return RowChange(before, after)


def _cells(values: dict[str, Any]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for name, value in values.items():
        if name not in ROW_COLUMNS or not (value is None or type(value) in {str, int}):
            raise ValueError(f"a row with {name!a:.40} = {value!a:.80}")
        found[name] = check_text(value) if isinstance(value, str) else value
    found["path"] = _path(values["path"])
    found["sha256"] = _digest(values["sha256"])
    return found


def _status(item: dict[str, Any]) -> StatusChange:
    return StatusChange(
        _path(item["path"]),
        _digest(item["sha256"]),
        _status_and_reason(item["before"]),
        _status_and_reason(item["after"]),
    )


def _status_and_reason(value: Any) -> tuple[str, str | None]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"a status of {value!a:.80}")
    status, reason = value
    return check_text(status), None if reason is None else check_text(reason)


def _decided(item: dict[str, Any]) -> Decided:
    label, run_before, label_before = (
        check_text(item.get(name, "")) for name in ("label", "run_before", "label_before")
    )
    given, given_before = (
        tuple(_list(item.get(name, []), check_text)) for name in ("given", "given_before")
    )
    path, sha256 = _path(item["path"]), _digest(item["sha256"])
    alone, left_out, revoked = (
        item.get(name) is True for name in ("alone_before", "left_out_before", "revoked")
    )
    reasons = [check_text(item.get(name, "")) for name in ("reason", "reason_before")]
    return Decided(
        path, sha256, label, run_before, label_before, given, given_before, alone, left_out,
        revoked, *reasons,
    )  # fmt: skip


def _folder(item: dict[str, Any]) -> EmptiedFolder:
    return EmptiedFolder(
        _path(item["path"]),
        _number(item["mode"], 0o7777),
        _number(item["uid"], 2**32 - 2),
        _number(item["gid"], 2**32 - 2),
        _number(item["atime_ns"], _LATEST_NS),
        _number(item["mtime_ns"], _LATEST_NS),
        FolderOutcome(item["outcome"]),
    )


def _size(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"a size of {value!a:.40}")
    return value


def _number(value: Any, most: int) -> int:
    if type(value) is not int or not -most <= value <= most:
        raise ValueError(f"a number of {value!a:.40}")
    return value


def _path(value: Any) -> str:
    return names.encode(check_path(value))


def _digest(value: Any) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError(f"a digest of {value!a:.80}")
    return value
