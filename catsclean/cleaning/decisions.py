"""decisions.json: decisions that a person made in the HTML report, or wrote by hand.

docs/cleaning.md describes the format.  The file may come from anywhere.  If it is not a decisions
file for this data set, all of it is refused.  An entry that cannot be trusted is refused by its
name, and the others are carried out.  No other file is opened for this.
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from catsclean.core import names
from catsclean.core.manifest import check_path
from catsclean.core.parse_json import parse_json
from catsclean.errors import ManifestError, UsageError

KIND: Final = "catsclean-decisions"
#: The reason of decisions that were made in a review.
REVIEW: Final = "review"
SCHEMA_VERSION: Final = 2
MAX_BYTES: Final = 256 << 20
MAX_ENTRIES: Final = 1_000_000
_MAX_REASON = 500
_UNKNOWN: Final = "not in the manifest of the last audit"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Action(StrEnum):
    """The decision about one picture."""

    KEEP = "keep"
    QUARANTINE = "quarantine"
    RELABEL = "relabel"
    FIX = "fix"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Attributes:
        path: The picture, escaped as in the manifest.
        action: Leave it in place, set it aside, give it another label, or leave it to a repair.
        sha256: Digest of the file that the decision is about.
        reason: A validator's name or a person's words, safe to show; may be empty.
        label: The new label, escaped; empty for other actions.
    """

    path: str
    action: Action
    sha256: str
    reason: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions that can be trusted, by path, and the entries that cannot.

    Attributes:
        entries: By path.
        refused: (entry's name, why), in the file's order.
    """

    entries: Mapping[str, Decision]
    refused: tuple[tuple[str, str], ...]


def read_decisions(
    path: str | os.PathLike[str],
    root: Path,
    digests: Mapping[str, str | None],
    aside: Collection[tuple[str, str]] = (),
    labels: Collection[str] = (),
    refusing: Collection[Action] = tuple(Action),
) -> Decisions:
    """Read a decisions file and check it entry by entry.

    Args:
        path: The file.
        root: The data set that the decisions must be about.
        digests: sha256 of every sample of the manifest by path, None if there is none.
        aside: Path and sha256 of the files in the quarantine; decisions about them are allowed.
        labels: Labels that exist and are not folders, escaped; they may be any text.
        refusing: Entries with another action are for another command, and are passed over if they
            cannot be trusted.

    Raises:
        ManifestError: The file as a whole cannot be trusted.
    """
    document = _parse(Path(path))
    shown = repr(names.text(str(path)))
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ManifestError(f'{shown} is not a decisions file: its "kind" is not {KIND!r}.')
    version = document.get("schema_version")
    if type(version) is not int or not 1 <= version <= SCHEMA_VERSION:
        raise ManifestError(
            f"{shown} has schema version {version!a:.40}, known is {SCHEMA_VERSION}."
            " Upgrade catsclean, or write the report again."
        )
    entries = document.get("decisions")
    if not isinstance(entries, list):
        raise ManifestError(f'{shown}: "decisions" is not a list.')
    if len(entries) > MAX_ENTRIES:
        raise ManifestError(
            f"{shown} has {len(entries):,} entries, at most {MAX_ENTRIES:,} are read."
        )
    found = _check(entries, digests, aside, labels)
    expected = names.encode(root.name)
    named = document.get("root")
    if named != expected and not (isinstance(named, str) and found.entries):
        # a folder may have been renamed: the name proves nothing, paths and digests do
        raise ManifestError(
            f"{shown} is for another data set. Received: {document.get('root')!a:.80}, expected:"
            f" {expected!r}, or entries that match this one by path and sha256."
        )
    actions = [one.value for one in Action if one not in refusing]
    others = {
        _name(number, entry)
        for number, entry in enumerate(entries, 1)
        if isinstance(entry, dict) and entry.get("action") in actions
    }
    return replace(found, refused=tuple(one for one in found.refused if one[0] not in others))


def join_decisions(named: Mapping[str, Decision], read: Decisions) -> Decisions:
    """Join the decisions that a caller names with those of a file.

    Raises:
        UsageError: Both decide about the same path.
    """
    if twice := sorted(named.keys() & read.entries.keys()):
        raise UsageError(f"decided both by name and in the decisions file. Received: {twice[0]!r}.")
    return Decisions({**read.entries, **named}, read.refused)


def follow_renames(
    read: Decisions, renamed: Mapping[str, str], digests: Mapping[str, str | None]
) -> Decisions:
    """Return decisions with those about a file that has another name since under its present one.

    Args:
        read: The decisions.
        renamed: Present path of each renamed file, by its old one.
        digests: As in :func:`read_decisions`.
    """
    entries = dict(read.entries)
    for path, one in read.entries.items():
        now = renamed.get(path)
        if now is not None and digests.get(path) != one.sha256 == digests.get(now):
            del entries[path]
            entries.setdefault(now, replace(one, path=now))
    return replace(read, entries=entries)


def decide(
    keep: Iterable[str],
    quarantine: Iterable[str],
    digests: Mapping[str, str | None],
    aside: Mapping[str, str],
    relabel: Mapping[str, str] | None = None,
    known: Collection[str] = (),
) -> dict[str, Decision]:
    """Make decisions about samples that the caller names.

    Args:
        keep: Paths as in the manifest.
        quarantine: The same.
        digests: As in :func:`read_decisions`.
        aside: sha256 of the files in the quarantine, by path.
        relabel: New label by path.
        known: Labels that exist and are not folders, as `labels` of :func:`read_decisions`.

    Raises:
        UsageError: A path belongs to no sample, has no digest, or is in both lists.
    """
    found: dict[str, Decision] = {}
    labels = relabel or {}
    if not isinstance(labels, Mapping):
        raise UsageError(
            f"relabel= must be a dict of new labels by path. Received: {names.received(relabel)}."
        )
    named = ((Action.KEEP, keep), (Action.QUARANTINE, quarantine), (Action.RELABEL, labels))
    for action, paths in named:
        for given in [paths] if isinstance(paths, str) else paths:
            try:
                path = names.encode(check_path(given))
            except ValueError as error:
                raise UsageError(
                    f"{action.value}= must list paths of the manifest: {error}"
                ) from None
            sha256 = aside.get(path) or digests.get(path)
            if sha256 is None:
                why = "that the last audit could not read"
                if path not in digests:
                    why = "that is not in the manifest of the last audit"
                raise UsageError(
                    f"{action.value}= names a file {why}. Received: {path!r}."
                    " Name samples as in audit.manifest.table['path']."
                )
            if path in found and found[path].action is not action:
                others = f"{found[path].action.value}= and in {action.value}="
                raise UsageError(f"both in {others}. Received: {path!r}.")
            label = labels.get(given, "") if action is Action.RELABEL else ""
            try:
                label = check_label(label, known) if action is Action.RELABEL else ""
            except ValueError as error:
                raise UsageError(f"relabel= for {path!r}: {error}.") from None
            found[path] = Decision(path, action, sha256, "", label)
    return found


def _parse(path: Path) -> Any:
    shown = repr(names.text(str(path)))
    try:
        # O_NONBLOCK: opening a FIFO must not block; a link is fine, the user named this file
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ManifestError(f"{shown} is not a regular file.")
            large = os.fstat(stream.fileno()).st_size > MAX_BYTES
            data = b"" if large else stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ManifestError(
            f"cannot read the decisions file {shown}: {error.strerror or error}."
        ) from error
    if large or len(data) > MAX_BYTES:
        raise ManifestError(f"{shown} is larger than {MAX_BYTES >> 20} MB: not a decisions file.")
    try:
        return parse_json(data)
    except ValueError as error:
        raise ManifestError(f"{shown} is not JSON: {names.text(str(error))[:200]}") from None


def _check(
    entries: list[Any],
    digests: Mapping[str, str | None],
    aside: Collection[tuple[str, str]],
    labels: Collection[str],
) -> Decisions:
    good: dict[str, Decision] = {}
    seen: set[str] = set()
    refused: list[tuple[str, str]] = []
    places = _Places(entries, digests, aside)
    for number, entry in enumerate(entries, 1):
        try:
            decision = _entry(entry, places, labels)
        except ValueError as error:
            refused.append((_name(number, entry), str(error)))
            continue
        if decision.path in seen:
            # contradictory entries: carry out neither
            good.pop(decision.path, None)
            refused.append((_name(number, entry), "decided more than once, so ignored"))
            continue
        seen.add(decision.path)
        good[decision.path] = decision
    return Decisions(good, tuple(refused))


def _entry(entry: Any, places: _Places, labels: Collection[str]) -> Decision:
    if not isinstance(entry, dict):
        raise ValueError(f"not an object. Received: {type(entry).__name__}")
    decision = places.find(read_decision(entry, labels))
    check_current(decision, places.digests, places.aside)
    return decision


class _Places:
    """Finds pictures that have another path in this copy of the data set, by their bytes."""

    def __init__(
        self,
        entries: Iterable[Any],
        digests: Mapping[str, str | None],
        aside: Collection[tuple[str, str]],
    ) -> None:
        self.digests, self.aside = digests, aside
        self._entries = entries

    @cached_property
    def _by_bytes(self) -> Mapping[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path, sha256 in self.digests.items():
            found[sha256 or ""].append(path)
        return found

    @cached_property
    def _named(self) -> frozenset[str]:
        paths = (entry.get("path") for entry in self._entries if isinstance(entry, dict))
        return frozenset(path for path in paths if isinstance(path, str))

    def find(self, decision: Decision) -> Decision:
        """Return a decision at the path that its picture has here.

        Raises:
            ValueError: Other paths have its bytes, and it is not clear that one of them is meant:
                a file to set aside may have been a copy of one that has to stay.
        """
        if decision.path in self.digests or (decision.path, decision.sha256) in self.aside:
            return decision
        same = self._by_bytes.get(decision.sha256, [])
        if not same:
            return decision
        if len(same) > 1 or same[0] in self._named or decision.action is Action.QUARANTINE:
            more = f" and {len(same) - 1:,} more" if len(same) > 1 else ""
            raise ValueError(f"{_UNKNOWN}; the same bytes are at {same[0]}{more}")
        return replace(decision, path=same[0])


def read_decision(entry: Mapping[str, Any], labels: Collection[str]) -> Decision:
    """Read one decision, as JSON has it.

    Args:
        entry: Its members ``path``, ``action``, ``sha256``, ``reason`` and ``label``.
        labels: As in :func:`read_decisions`.

    Raises:
        ValueError: It is invalid.
    """
    path = names.encode(check_path(entry.get("path")))
    action = entry.get("action")
    if not isinstance(action, str) or action not in set(Action):
        raise ValueError(
            f"action must be keep, quarantine, relabel or fix. Received: {action!a:.40}"
        )
    sha256 = entry.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ValueError(f"sha256 must be 64 lower-case hex digits. Received: {sha256!a:.80}")
    reason = entry.get("reason", "")
    if not isinstance(reason, str) or len(reason) > _MAX_REASON:
        raise ValueError(f"reason must be a text of at most {_MAX_REASON} characters")
    label = ""
    if action == Action.RELABEL:
        label = check_label(entry.get("label"), labels)
    return Decision(path, Action(action), sha256, names.text(reason), label)


def check_current(
    decision: Decision,
    digests: Mapping[str, str | None],
    aside: Collection[tuple[str, str]],
) -> None:
    """Check that a decision is about a file as it is.

    Args:
        decision: The decision.
        digests: As in :func:`read_decisions`.
        aside: As in :func:`read_decisions`.

    Raises:
        ValueError: The last audit does not know the file, or it has other bytes.
    """
    known = (decision.path, decision.sha256) in aside
    if decision.path not in digests and not known:
        raise ValueError(_UNKNOWN)
    if digests.get(decision.path) != decision.sha256 and not known:
        raise ValueError("the file has changed since the decision: its sha256 differs")


def check_label(label: object, known: Collection[str] = ()) -> str:
    """Check the name of a class: one part of a path, as the manifest writes it.

    Args:
        label: The name.
        known: Labels that exist and are not folders, as the manifest writes them: any text.

    Raises:
        ValueError: It cannot be the name of a folder.
    """
    if not isinstance(label, str) or not label:
        raise ValueError(f"label must be the name of a class. Received: {label!a:.80}")
    if label in known:
        return label
    native = check_path(label)
    if "/" in native:
        raise ValueError(f"label must be one folder name without '/'. Received: {label!a:.80}")
    return names.encode(native)


def _name(number: int, entry: Any) -> str:
    path = entry.get("path") if isinstance(entry, dict) else None
    return f"entry {number}" + (f" ({names.text(path[:200])})" if isinstance(path, str) else "")
