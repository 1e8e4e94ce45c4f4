"""From a folder to its evidence: list the files, find their labels, read them, join the rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from catsclean.core.arrow import empty_texts, number_array, text_array, to_numpy
from catsclean.core.evidence import Dataset, Evidence, Outcome, pair_table
from catsclean.core.links import Reach
from catsclean.core.path_patterns import exclusion
from catsclean.core.rows import Table
from catsclean.core.state import StateFolder
from catsclean.core.stored_table import ColumnTable, StoredTable, table_rows
from catsclean.errors import UsageError
from catsclean.objects.bucket_state import open_bucket_of
from catsclean.scan.audit_plan import describe_plans
from catsclean.scan.cache import Cache, fingerprint
from catsclean.scan.container_listing import find_containers, list_members
from catsclean.scan.discover import Listing, discover
from catsclean.scan.known_members import KnownMembers
from catsclean.scan.labels import Labelling, find_labels
from catsclean.scan.list_bucket import list_bucket
from catsclean.scan.scan import Gathered, gather
from catsclean.scan.scan_options import ScanOptions


@dataclass(frozen=True, slots=True)
class Listed:
    """The files of a data set before they are read.

    Attributes:
        reach: Where links may lead.
        listing: The files.
        labelling: Their labels.
        known: What is known of the containers in it.
    """

    reach: Reach
    listing: Listing
    labelling: Labelling
    known: KnownMembers = field(default_factory=KnownMembers)


def list_files(
    root: Path, options: ScanOptions, known: KnownMembers | None = None
) -> tuple[Reach, Listing]:
    """List the files of a data set, and return where its links may lead; no picture is opened.

    Args:
        root: The data set.
        options: What to list.
        known: What earlier audits listed of its containers.

    Raises:
        ConfigError: An exclude pattern is invalid.
        DatasetError: It is in a bucket that cannot be listed.
        UsageError: It is in a bucket, and an engine is to read it.
    """
    reach = Reach(root, options.follow_links, options.follow_links_to)
    excluded, in_bucket = exclusion(options.exclude), open_bucket_of(root)
    if in_bucket is not None:
        if options.engine is not None:
            raise UsageError(
                "a bucket is read by this machine so far, not by an engine."
                f" Received: {in_bucket.address.shown()!r}. Leave out --engine (engine=)."
            )
        listing = list_bucket(in_bucket, excluded)
        packed = [listing.paths[row] for row in find_containers(listing, options.containers)]
        in_bucket.note_containers(packed)
    else:
        listing = Listing() if root.is_file() else discover(reach, excluded)
    return reach, list_members(reach, listing, options.containers, excluded, known)


def list_folder(root: Path, options: ScanOptions, cache: Path | None = None) -> Listed:
    """List the files of a data set, and find their labels; only tables of labels are opened.

    Args:
        root: The data set.
        options: What to list.
        cache: Folder of the evidence cache, which says what unchanged containers hold.

    Raises:
        ConfigError: The layout is unknown, an exclude pattern is invalid, or the labels cannot be
            read.
    """
    trusts = options.cache and not options.verify
    known = KnownMembers.load(cache) if cache is not None and trusts else KnownMembers()
    reach, listing = list_files(root, options, known)
    labelling = find_labels(reach, listing, options.layout, options.labels)
    if labelling.tables:  # they were read as tables, and are no pictures
        for row, path in enumerate(listing.paths):
            if path in labelling.tables:
                listing.presets[row] = (Outcome.OTHER, "a table of labels")
    return Listed(reach, listing, labelling, known)


def scan_folder(
    state: StateFolder, options: ScanOptions, listed: Listed | None = None
) -> tuple[Evidence, Gathered]:
    """Read the files of a data set that are not in the cache.

    Args:
        state: The state folder.
        options: How to read them.
        listed: Its files; None: list them.

    Raises:
        ConfigError: As :func:`list_folder`.
    """
    listed = listed or list_folder(state.root, options, state.cache)
    reach, listing = listed.reach, listed.listing
    store, notes = None, []
    if options.cache:
        store = Cache(state.cache, fingerprint(options.limits, options.inspectors))
        notes = describe_plans(store, options.limits)
        listed.known.save(state.cache)
    gathered = gather(
        reach,
        listing,
        options.limits,
        options.inspectors,
        workers=options.workers,
        cache=store,
        verify=options.verify,
        progress=options.progress,
        vectors=options.vectors,
        engine=options.engine,
    )
    evidence = collect_evidence(state.root, listing, listed.labelling, gathered.table)
    dataset = replace(
        evidence.dataset,
        state_path=state.path,
        follow_links=reach.follow,
        follow_links_to=reach.folders,
    )
    return evidence.replaced(dataset=dataset), replace(gathered, plan_notes=tuple(notes))


def collect_evidence(root: Path, listing: Listing, labelling: Labelling, table: Any) -> Evidence:
    """Combine a listing, the labels and the evidence of its files."""
    labels, splits = labelling.places(listing)
    made: dict[str, Any] = {}
    identity = {
        "path": text_array(listing.paths),
        "label": text_array(labels),
        "split": text_array(splits),
        "size_bytes": number_array(np.asarray(listing.sizes_bytes)),
        "mtime_ns": number_array(np.asarray(listing.mtimes_ns)),
        "inode": number_array(np.asarray(listing.inodes)),
        "links": number_array(np.asarray(listing.links)),
    }
    samples: ColumnTable
    if isinstance(table, StoredTable):
        samples = table.beside(identity)
    else:
        columns = {name: table.column(name) for name in table.column_names}
        samples = pa.table({**identity, **columns})
        # a large data set has no room for an object for each path
        made = {"path": np.array(listing.paths, object), "label": np.array(labels, object)}
    if listing.paths != sorted(listing.paths):
        by_path = sorted(range(len(samples)), key=listing.paths.__getitem__)
        samples, made = table_rows(samples, np.array(by_path, np.int64)), {}
    others = to_numpy(samples.column("outcome")) == Outcome.OTHER.value
    other_files: list[str] = []
    if others.any():
        other_files = to_numpy(samples.column("path"))[others].tolist()
        other_files = [path for path in other_files if path not in labelling.tables]
        samples, made = table_rows(samples, np.flatnonzero(~others)), {}
    samples = samples.append_column("group", empty_texts(len(samples)))
    shape, by_folders = labelling.layout, labelling.labels is None
    named = [] if by_folders else to_numpy(samples.column("label")).tolist()
    of = [] if by_folders else to_numpy(samples.column("split")).tolist()
    dataset = Dataset(
        root=root,
        layout=shape.kind,
        folders=shape.class_folders(listing.folders) if by_folders else {},
        label_source=labelling.source,
        named_labels=tuple(sorted({label for label in named if label})),
        splits=tuple(sorted({one for one, label in zip(of, named, strict=True) if one and label})),
        other_files=tuple(other_files),
        skipped_folders=tuple(listing.skipped_folders),
        unreadable_folders=tuple(listing.unreadable_folders),
        linked_folders=tuple(listing.linked_folders),
        links_lead_out=listing.links_lead_out,
        excluded=listing.excluded,
        containers=listing.containers,
        folders_meant=listing.folders_meant,
        forced=shape.forced,
    )
    return Evidence(Table(samples, made=made), dataset, pair_table(), label_rows=labelling.rows)
