"""Update the manifest after clean and undo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from catsclean.cleaning.journal import StatusChange
from catsclean.core.folder_handle import sync_folder
from catsclean.core.manifest import Manifest, keep_manifest
from catsclean.core.safe_folder import Folder
from catsclean.core.state import StateFolder
from catsclean.errors import ManifestError

if TYPE_CHECKING:
    import pandas as pd

StatusReason = tuple[str, str | None]
Row = Mapping[str, str | int | None]


def pending_changes(
    state: StateFolder, changes: Sequence[StatusChange], returned: Collection[str] = ()
) -> list[StatusChange]:
    """Return the changes that would alter the manifest: not made yet, and about the same bytes.

    Args:
        state: The state folder.
        changes: As planned.
        returned: Paths whose row another run changed back since: they change from the new status.

    Raises:
        ManifestError: The manifest cannot be read.
    """
    manifest = _load(state) if changes else None
    if manifest is None:
        return []
    table = manifest.table
    now = {
        str(table.at[row, "path"]): _now(table, row)
        for row in table.index[table["path"].isin([change.path for change in changes])]
    }
    rows = [
        replace(c, before=now[c.path][1], after=(c.after[0], now[c.path][1][1]))
        if c.path in returned and c.path in now
        else c
        for c in changes
    ]
    return [c for c in rows if now.get(c.path) == (c.sha256, c.before) and c.before != c.after]


def change_statuses(
    state: StateFolder, changes: Iterable[tuple[str, str, StatusReason, StatusReason]]
) -> None:
    """Rewrite status and reason of some rows: each (path, sha256, from, to).

    A row about other bytes, or with another status than `from` by now (because an audit was made
    in between), is skipped.  Repeating the call changes nothing.

    Raises:
        ManifestError: The manifest cannot be read or written.
    """
    wanted = {path: (sha256, old, new) for path, sha256, old, new in changes}
    if not wanted:
        return
    manifest = _load(state)
    if manifest is None:
        return
    table = manifest.table.copy()
    changed = False
    for row in table.index[table["path"].isin(list(wanted))]:
        sha256, old, new = wanted[str(table.at[row, "path"])]
        if _now(table, row) == (sha256, old) and old != new:
            table.at[row, "status"] = new[0]
            table.at[row, "reason"] = new[1]
            changed = True
    if changed:
        _save(state, Manifest(table, manifest.root, manifest.audit_id))


def change_rows(state: StateFolder, changes: Iterable[tuple[Row, Row]]) -> None:
    """Put new values into some rows: each (from, to), with the same columns.

    A row whose path and sha256 are not those of `from` is skipped, and so is one that stays where
    it is and whose label was changed since.  Repeating the call changes nothing.

    Raises:
        ManifestError: The manifest cannot be read or written.
    """
    wanted = {(old["path"], old["sha256"]): (old, new) for old, new in changes if old != new}
    manifest = _load(state) if wanted else None
    if manifest is None:
        return
    table = manifest.table.copy()
    known = list(zip(table["path"], table["sha256"].astype(object), strict=True))
    taken = set(known)
    changed = False
    for row, key in zip(table.index, known, strict=True):
        if key not in wanted:
            continue
        old, new = wanted[key]
        target = (new["path"], new["sha256"])
        stays = target == key
        if (not stays and target in taken) or (
            stays and not _has_label(table.at[row, "label"], old)
        ):
            continue
        for name, value in new.items():
            table.at[row, name] = value
        changed = True
    if changed:
        table = table.sort_values("path", kind="stable").reset_index(drop=True)
        _save(state, Manifest(table, manifest.root, manifest.audit_id))


def audit_of(state: StateFolder) -> str:
    """Return the id of the last audit; empty if it has none."""
    known = state.read_summary().get("audit")
    return str(known.get("id", "")) if isinstance(known, dict) else ""


def _has_label(label: object, row: Row) -> bool:
    """Return whether a label of the manifest is that of a row, if the row has one at all."""
    known = label if isinstance(label, str) else None
    return "label" not in row or row["label"] == known


def _save(state: StateFolder, manifest: Manifest) -> None:
    keep_manifest(manifest, state.manifest)
    keep_manifest(manifest, state.manifest.with_suffix(".csv"))
    with Folder(state.path) as folder:
        sync_folder(folder.handle())


def _load(state: StateFolder) -> Manifest | None:
    """Load the manifest; None if it was removed since: the next audit writes a new one."""
    try:
        return Manifest.load(state.manifest, state.root)
    except ManifestError:
        if state.manifest.exists():
            raise
        return None


def _now(table: pd.DataFrame, row: int) -> tuple[str, StatusReason]:
    import pandas as pd

    digest, status, reason = table.loc[row, ["sha256", "status", "reason"]].astype(object)
    return digest, (str(status), None if pd.isna(reason) else str(reason))
