"""Tie the tables of one audit together, so that those of two audits are never mixed.

An audit writes its tables one after the other.  If it is killed between two of them, or the disk is
full, a new manifest lies beside old findings, which describe other files.  So both tables have the
id of their audit in their metadata, and ``audit.json``, which is written last, names it.  Clean and
split rewrite the manifest and keep its id.  A manifest that was written with another tool has no
id; it counts if it has the same samples.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from catsclean.core import names
from catsclean.core.arrow import digest_of
from catsclean.core.state import StateFolder
from catsclean.core.version import __version__
from catsclean.errors import StateError

_SAMPLE_COLUMNS = ("path", "sha256")


def digest_of_table(table: pa.Table) -> str:
    """Return the sha256 of a table's rows, types and metadata, and of the library versions."""
    digest = hashlib.sha256(f"{__version__} {pa.__version__}".encode())
    sink = _Digesting(digest)
    with pa.PythonFile(sink, "w") as stream, pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return digest.hexdigest()


def audit_id_of(manifest: pa.Table, findings: pa.Table) -> str:
    """Return the id of an audit: equal for equal manifests and findings."""
    return hashlib.sha256(
        f"{digest_of_table(manifest)} {digest_of_table(findings)}".encode()
    ).hexdigest()


def describe(manifest: pa.Table, audit_id: str) -> dict[str, str]:
    """Return the entry of ``audit.json``: the id of the audit, and a digest of its samples."""
    return {"id": audit_id, "samples": _digest_of_samples(manifest)}


def has_last_samples(state: StateFolder, manifest: pa.Table) -> bool:
    """Tell whether a new manifest has the samples of the last audit, with the same bytes.

    Nothing but ``audit.json`` is read, so this takes less time than reading the last manifest.
    """
    try:
        known = state.read_summary().get("audit")
    except StateError:
        return False
    return isinstance(known, dict) and known.get("samples") == _digest_of_samples(manifest)


def check_same_audit(
    state: StateFolder,
    manifest: pa.Table,
    audit_id: str | None,
    *,
    summary: Mapping[str, Any] | None = None,
    findings_id: str | None = None,
) -> None:
    """Refuse tables that do not belong to the audit that ``audit.json`` names.

    Args:
        state: The state folder.
        manifest: The table of its manifest.
        audit_id: The id in the metadata of the manifest; None if it has none.
        summary: Its ``audit.json``; None: read it.
        findings_id: The id in the metadata of the findings; None: they are not used.

    Raises:
        StateError: They belong to two audits, or the last audit was cut short.
    """
    known = (state.read_summary() if summary is None else summary).get("audit")
    expected = known if isinstance(known, dict) else {}
    same = bool(expected.get("id")) and findings_id in {None, expected.get("id")}
    if audit_id is not None:
        same &= audit_id == expected.get("id")
    elif same:
        same = _digest_of_samples(manifest) == expected.get("samples")
    if not same:
        name = names.encode(state.root.name)
        raise StateError(
            f"the last audit of {name!r} was cut short: its tables in {str(state.path)!r} do not"
            f" belong together. Run: catsclean audit {state.arguments}"
        )


def _digest_of_samples(manifest: pa.Table) -> str:
    """Return the sha256 of the paths and digests of all samples, in the order of the paths."""
    digests = (digest_of(manifest.column(name)) for name in _SAMPLE_COLUMNS)
    return hashlib.sha256(b"".join(digests)).hexdigest()


class _Digesting(io.RawIOBase):
    """Accepts bytes and stores only their digest."""

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._digest.update(data)
        return memoryview(data).nbytes
