"""``kept.json``: the recorded decisions that stand, made from the journal ``decisions.jsonl``.

Every change of the recorded decisions is an entry of the journal, with what stood before; to take a
decision back is an entry, too.  ``kept.json`` is written after the journal, and names the entry up
to which it was made.  If a crash came between the two, if the file is missing or torn, or was
copied back from an older one, the entries behind that one are added when it is read.

A file that names no entry of the journal was written by an older catsclean, which knows no journal,
or belongs to a journal that somebody removed: it counts.  All of it is entered in the journal
before the next change.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from catsclean.auditing.saved_decisions import Kept
from catsclean.core import names
from catsclean.core.files import replacing
from catsclean.core.line_log import LineLog
from catsclean.core.manifest import check_path
from catsclean.core.parse_json import parse_json
from catsclean.core.state import StateFolder
from catsclean.errors import StateError

KIND: Final = "catsclean-kept"
# 2 has pictures to leave out, which an older catsclean must not take for pictures to keep
_VERSION: Final = 2
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
#: The names of a journal's entries.
ENTRY_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
# in a line of JSON, only a key can look like this
_RECORDED: Final = b'"recorded":'


@dataclass(frozen=True, slots=True)
class KeptChange:
    """The change of the recorded decision about one path.

    Attributes:
        before: The decision that stood; None if there was none.
        after: The decision that stands; None if there is none any more.
    """

    before: Kept | None
    after: Kept | None

    @property
    def path(self) -> str:
        """The path, escaped."""
        return next(one.path for one in (self.after, self.before) if one is not None)


@dataclass(frozen=True, slots=True)
class _KeptRecord:
    """One entry of the journal that is about recorded decisions.

    Attributes:
        entry: Its name.
        changes: What it changed.
        whole: It lists all decisions that stood, so earlier entries do not count.
    """

    entry: str
    changes: tuple[KeptChange, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _KeptTable:
    """The recorded decisions as both files have them.

    Attributes:
        kept: The decisions, by path.
        view: The entry up to which ``kept.json`` was made; empty if it names none.
        last: The last entry of the journal; empty if it has none.
        length: Length of the journal.
        entered: The entries of the journal say all of it.
    """

    kept: Mapping[str, Kept]
    view: str
    last: str
    length: int
    entered: bool


def read_kept(state: StateFolder) -> dict[str, Kept]:
    """Read the recorded decisions, by path; empty if there are none.

    Raises:
        StateError: They are damaged, so the decisions are unknown.
    """
    return dict(_read(state).kept)


def change_kept(
    state: StateFolder, change: Callable[[Mapping[str, Kept]], Mapping[str, Kept]], operation: str
) -> None:
    """Change the recorded decisions: first in the journal, then in ``kept.json``.

    Repeating the call does what is left to do.  The caller holds the lock of the state folder.

    Args:
        state: The state folder.
        change: Returns the new decisions for those that stand.
        operation: What does it, such as the name of a run: the beginning of the entry's name.

    Raises:
        OSError: The state folder cannot be written; what is in the journal holds.
        StateError: The decisions are damaged, or another process is writing the journal.
    """
    log = LineLog(state.decision_journal)
    with log.lock():
        table = _read(state)
        after = change(table.kept)
        if after == table.kept:
            _renew(state, table)
            return
        if not table.entered:
            # until this entry is in kept.json, too, that file counts, which says the same
            table = _append(state, log, table, {}, table.kept, "import")
        _append(state, log, table, table.kept, after, operation)


def renew_kept(state: StateFolder) -> None:
    """Write ``kept.json`` again if the journal has later decisions; the caller holds the lock.

    Raises:
        OSError: It cannot be written.
        StateError: The decisions are damaged.
    """
    _renew(state, _read(state))


def recorded_in(document: Mapping[str, Any]) -> tuple[KeptChange, ...]:
    """Return the changes of recorded decisions in one entry of the journal.

    Raises:
        ValueError: They are invalid; or KeyError or TypeError.
    """
    changes = []
    for item in document.get("recorded", ()):
        before, after = (None if item[key] is None else _kept(item[key])
                         for key in ("before", "after"))  # fmt: skip
        if before is None and after is None:
            raise ValueError("a change of nothing")
        changes.append(KeptChange(before, after))
    return tuple(changes)


def _renew(state: StateFolder, table: _KeptTable) -> None:
    if table.entered and table.view != table.last:
        _write_view(state, table.kept, table.last)


def _append(
    state: StateFolder,
    log: LineLog,
    table: _KeptTable,
    before: Mapping[str, Kept],
    after: Mapping[str, Kept],
    operation: str,
) -> _KeptTable:
    """Append one entry, then write ``kept.json``; return the table after it."""
    entry = f"{operation}-{secrets.token_hex(8)}"
    changed = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    document = {
        "entry": entry,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "answers": [],
        "recorded": [
            {"before": _plain(before.get(path)), "after": _plain(after.get(path))}
            for path in changed
        ],
        **({} if table.entered else {"whole": True}),
    }
    line = json.dumps(document, separators=(",", ":")).encode() + b"\n"
    log.append([line], table.length)
    _write_view(state, after, entry)
    return _KeptTable(after, entry, entry, table.length + len(line), entered=True)


def _write_view(state: StateFolder, kept: Mapping[str, Kept], entry: str) -> None:
    entries = [asdict(kept[path]) for path in sorted(kept)]
    version = _VERSION if any(one.left_out for one in kept.values()) else 1
    document = {"schema_version": version, "kind": KIND, "entry": entry, "kept": entries}
    with replacing(state.kept) as temporary:
        temporary.write_text(json.dumps(document, indent=1), encoding="utf-8", newline="\n")


def _read(state: StateFolder) -> _KeptTable:
    log = LineLog(state.decision_journal)
    # the view first: an entry that is appended in between is in the journal then
    try:
        view: bytes | None = state.kept.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        view = None
    except OSError as error:
        raise _unreadable(state.kept, error) from error
    try:
        data = log.read()
    except OSError as error:
        raise _unreadable(log.path, error) from error
    records = _records(state, data)
    last = records[-1].entry if records else ""
    known, entry = _read_view(state, view, has_records=bool(records))
    if known is None:
        return _KeptTable(_replay({}, records), "", last, len(data), entered=True)
    at = next((at for at, one in enumerate(records) if one.entry == entry), None)
    if at is None:  # not made from this journal, so it may have what the journal has not
        entered = view is None and not records
        return _KeptTable(known, "", last, len(data), entered=entered)
    return _KeptTable(_replay(known, records[at + 1 :]), entry, last, len(data), entered=True)


def _replay(kept: Mapping[str, Kept], records: Iterable[_KeptRecord]) -> dict[str, Kept]:
    found = dict(kept)
    for record in records:
        if record.whole:
            found.clear()
        for change in record.changes:
            found.pop(change.path, None)
            if change.after is not None:
                found[change.path] = change.after
    return found


def _records(state: StateFolder, data: bytes) -> list[_KeptRecord]:
    """Return the entries about recorded decisions; of those about questions nothing is read."""
    if _RECORDED not in data:
        return []
    found = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if _RECORDED not in line:
            continue
        try:
            document = parse_json(line)
            entry = document["entry"]
            if not isinstance(entry, str) or not ENTRY_ID.fullmatch(entry):
                raise ValueError("invalid id")
            record = _KeptRecord(entry, recorded_in(document), document.get("whole") is True)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged_line(state, number, error) from error
        found.append(record)
    return found


def damaged_line(state: StateFolder, number: int, error: Exception) -> StateError:
    """Make the error for a line of the journal that cannot be read.

    Args:
        state: The state folder.
        number: Number of the line, from 1.
        error: Why it cannot be read.
    """
    return StateError(
        f"line {number:,} of {names.text(str(state.decision_journal))!r} is damaged:"
        f" {names.text(str(error))[:200]}. Remove the line to go on without its decisions."
    )


def _read_view(
    state: StateFolder, data: bytes | None, *, has_records: bool
) -> tuple[dict[str, Kept] | None, str]:
    """Return the decisions of ``kept.json`` and the entry up to which it goes.

    None if the file is missing or torn, and the journal has what it had.

    Raises:
        StateError: It is damaged.
    """
    if data is None:
        return (None if has_records else {}), ""
    try:
        document = parse_json(data)
    except ValueError as error:
        if has_records:
            return None, ""
        raise _unreadable(state.kept, error, "to forget them") from error
    try:
        if document["kind"] != KIND or document["schema_version"] not in {1, _VERSION}:
            raise ValueError("unknown kind or version")
        entry = document.get("entry", "")
        return {kept.path: kept for kept in map(_kept, document["kept"])}, str(entry)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        instead = "to forget them"
        if has_records:
            instead = f"to have it made again from {state.decision_journal.name}"
        raise _unreadable(state.kept, error, instead) from error


def _unreadable(path: Path, error: Exception, instead: str = "") -> StateError:
    remove = f" Remove the file {instead}." if instead else ""
    return StateError(
        f"cannot read the decisions in {names.text(str(path))!r}:"
        f" {names.text(str(error))[:200]}.{remove}"
    )


def _plain(kept: Kept | None) -> dict[str, object] | None:
    return None if kept is None else asdict(kept)


def _kept(item: Any) -> Kept:
    if not isinstance(item["sha256"], str) or not _SHA256.fullmatch(item["sha256"]):
        raise ValueError(f"invalid digest {item['sha256']!a:.80}")
    if not isinstance(item["run"], str):
        raise TypeError(f"invalid run {item['run']!a:.40}")
    label = item.get("label", "")
    if not isinstance(label, str):
        raise TypeError(f"invalid label {label!a:.40}")
    given = item.get("given", [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise TypeError(f"invalid labels {given!a:.80}")
    path = names.encode(check_path(item["path"]))
    before = tuple(names.text(one) for one in given)
    left_out = item.get("left_out", False)
    if not isinstance(left_out, bool):
        raise TypeError(f"invalid left_out {left_out!a:.40}")
    reason = item.get("reason", "")
    if not isinstance(reason, str):
        raise TypeError(f"invalid reason {reason!a:.40}")
    run, reason = names.text(item["run"]), names.text(reason)
    return Kept(path, item["sha256"], run, names.text(label), before, left_out, reason)
