"""Remember what containers hold, so that one that did not change is not opened to list it.

A tar archive has its list spread over the whole file, and a container in a bucket has to be
fetched as a whole.  The cache folder keeps the lists in ``members.arrow``.
"""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from catsclean.containers.container import Members
from catsclean.core.arrow import to_numpy, value_table
from catsclean.core.cache_files import read_table, writing_tables
from catsclean.core.evidence import Outcome
from catsclean.core.parse_json import parse_json
from catsclean.scan.cache import DAMAGED
from catsclean.scan.discover import Listing

_NAME: Final = "members.arrow"
_METADATA_KEY: Final = b"catsclean-members"
# another number when what is listed of the same container differs
_VERSION: Final = 2
# as for evidence: what changed just before it was listed may change again within the same tick
_CLOCK_GRAIN_NS: Final = 1_000_000_000
_SCHEMA: Final = pa.schema(
    [
        ("name", pa.string()),
        ("size_bytes", pa.int64()),
        ("place", pa.int64()),
        ("outcome", pa.string()),
        ("detail", pa.string()),
        ("own_label", pa.string()),
        ("label", pa.string()),
        ("link", pa.string()),
        ("left_out", pa.bool_()),
    ]
)


class ContainerIdentity(NamedTuple):
    """What tells a container from another, and from itself after a change."""

    path: str
    size_bytes: int
    mtime_ns: int
    inode: int


class ListedMembers(NamedTuple):
    """What a container holds.

    Attributes:
        members: Its members.
        labels: Row of a member → its label.
        left_out: Rows of members that are no samples: they have the labels.
    """

    members: Members
    labels: dict[int, str]
    left_out: set[int]


# path → identity, rows of the table, and what the header says
_Entries = dict[str, tuple[ContainerIdentity, pa.Table, Any]]


class KnownMembers:
    """The containers that earlier audits listed, and those of this one."""

    def __init__(self, entries: _Entries | None = None) -> None:
        """Begin with what is known."""
        self._entries = entries or {}
        self._noted: dict[ContainerIdentity, ListedMembers] = {}
        self._started_ns = time.time_ns()

    @classmethod
    def load(cls, folder: Path) -> KnownMembers:
        """Read what the cache folder has; nothing if it is not there or damaged."""
        try:
            table = read_table(folder / _NAME)
            header = parse_json((table.schema.metadata or {})[_METADATA_KEY])
            table = table.replace_schema_metadata(None)
            if header["version"] != _VERSION or not table.schema.equals(_SCHEMA):
                return cls()
            entries: _Entries = {}
            start = 0
            for one in header["containers"]:
                path, size, mtime, inode = one["identity"]
                identity = ContainerIdentity(str(path), int(size), int(mtime), int(inode))
                entries[identity.path] = (identity, table.slice(start, int(one["rows"])), one)
                start += int(one["rows"])
        except DAMAGED:
            return cls()
        return cls(entries)

    def find(self, identity: ContainerIdentity) -> ListedMembers | None:
        """Return what a container holds; None if it is new or changed."""
        found = self._noted.get(identity)
        if found is None and identity.path in self._entries:
            known, table, one = self._entries[identity.path]
            if known == identity:
                try:
                    found = self._noted[identity] = _unpacked(table, one)
                except (ValueError, KeyError, TypeError):
                    return None
        return found

    def note(self, identity: ContainerIdentity, listed: ListedMembers) -> None:
        """Note what a container of this audit holds."""
        self._noted[identity] = listed

    def save(self, folder: Path) -> None:
        """Write the containers of this audit in place of the earlier ones, if any differs."""
        wanted = {
            identity: listed
            for identity, listed in self._noted.items()
            if identity.mtime_ns < self._started_ns - _CLOCK_GRAIN_NS
        }
        if {known for known, _, _ in self._entries.values()} == set(wanted):
            return
        tables, containers = [], []
        for identity, listed in wanted.items():
            tables.append(_packed(listed))
            members = listed.members
            about = {"folders": members.folders, "damage": members.damage}
            containers.append({"identity": list(identity), "rows": len(tables[-1]), **about})
        table = pa.concat_tables(tables) if tables else _SCHEMA.empty_table()
        header = json.dumps({"version": _VERSION, "containers": containers})
        table = table.combine_chunks().replace_schema_metadata({_METADATA_KEY: header.encode()})
        # it only saves time
        with suppress(OSError), writing_tables(folder / _NAME, table.schema) as writer:
            writer.write_table(table)


def identity_in(listing: Listing, row: int) -> ContainerIdentity:
    """Return the identity of a container in a listing."""
    return ContainerIdentity(
        listing.paths[row],
        listing.sizes_bytes[row],
        listing.mtimes_ns[row],
        listing.inodes[row],
    )


def _packed(listed: ListedMembers) -> pa.Table:
    members, rows = listed.members, range(len(listed.members.names))
    presets = [members.presets.get(row) for row in rows]
    columns: list[Sequence[Any]] = [
        members.names,
        members.sizes_bytes,
        members.places,
        [None if one is None else one[0].value for one in presets],
        [None if one is None else one[1] for one in presets],
        [members.labels.get(row) for row in rows],
        [listed.labels.get(row) for row in rows],
        [members.links.get(row) for row in rows],
        [row in listed.left_out for row in rows],
    ]
    return value_table(dict(zip(_SCHEMA.names, columns, strict=True)), _SCHEMA)


def _unpacked(table: pa.Table, one: dict[str, Any]) -> ListedMembers:
    def texts(name: str) -> dict[int, str]:
        column = table.column(name)
        if column.null_count == len(column):
            return {}
        return {row: text for row, text in enumerate(column.to_pylist()) if text is not None}

    details = texts("detail")
    members = Members(
        names=table.column("name").to_pylist(),
        sizes_bytes=array("q", to_numpy(table.column("size_bytes")).tobytes()),
        places=array("q", to_numpy(table.column("place")).tobytes()),
        presets={row: (Outcome(kind), details[row]) for row, kind in texts("outcome").items()},
        labels=texts("own_label"),
        links=texts("link"),
        folders=[str(folder) for folder in one["folders"]],
        damage=str(one["damage"]),
    )
    left_out = {row for row, out in enumerate(table.column("left_out").to_pylist()) if out}
    return ListedMembers(members, texts("label"), left_out)
