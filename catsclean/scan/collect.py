"""From a folder to its evidence: list the files, recognise the layout, read them, join the rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from catsclean.core.arrow import number_array, rows_of, text_array, to_numpy
from catsclean.core.evidence import Dataset, Evidence, Outcome, pair_table
from catsclean.core.links import Reach
from catsclean.core.path_patterns import exclusion
from catsclean.core.rows import Table
from catsclean.core.state import StateFolder
from catsclean.scan.cache import Cache, fingerprint
from catsclean.scan.discover import discover
from catsclean.scan.layout import recognise
from catsclean.scan.scan import Gathered, gather
from catsclean.scan.scan_options import ScanOptions


def scan_folder(state: StateFolder, options: ScanOptions) -> tuple[Evidence, Gathered]:
    """List the files of a data set, recognise its layout, and read the files not in the cache.

    Raises:
        ConfigError: The layout is unknown, or an exclude pattern is invalid.
    """
    reach = Reach(state.root, options.follow_links, options.follow_links_to)
    listing = discover(reach, exclusion(options.exclude))
    shape = recognise(listing, options.layout)
    store = None
    if options.cache:
        store = Cache(state.cache, fingerprint(options.limits, options.inspectors))
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
    )
    evidence = collect_evidence(state.root, listing, shape, gathered.table)
    dataset = replace(
        evidence.dataset,
        state_path=state.path,
        follow_links=reach.follow,
        follow_links_to=reach.folders,
    )
    return evidence.replaced(dataset=dataset), gathered


def collect_evidence(root: Path, listing: Any, shape: Any, table: Any) -> Evidence:
    """Combine a listing, its layout and the evidence of its files."""
    places = {folder: shape.place(folder) for folder in set(listing.folders_of)}
    labels = [places[folder][0] for folder in listing.folders_of]
    made = {"path": np.array(listing.paths, object), "label": np.array(labels, object)}
    identity = {
        "path": text_array(listing.paths),
        "label": text_array(labels),
        "split": text_array([places[f][1] for f in listing.folders_of]),
        "size_bytes": number_array(np.asarray(listing.sizes_bytes)),
        "mtime_ns": number_array(np.asarray(listing.mtimes_ns)),
        "inode": number_array(np.asarray(listing.inodes)),
        "links": number_array(np.asarray(listing.links)),
    }
    columns = {**identity, **{name: table.column(name) for name in table.column_names}}
    samples = pa.table(columns)
    if listing.paths != sorted(listing.paths):
        samples, made = samples.sort_by("path"), {}
    others = to_numpy(samples.column("outcome")) == Outcome.OTHER.value
    other_files: list[str] = []
    if others.any():
        other_files = to_numpy(samples.column("path"))[others].tolist()
        samples, made = rows_of(samples, np.flatnonzero(~others)), {}
    samples = samples.append_column("group", text_array([""] * len(samples)))
    dataset = Dataset(
        root=root,
        layout=shape.kind,
        folders=shape.class_folders(listing.folders),
        other_files=tuple(other_files),
        skipped_folders=tuple(listing.skipped_folders),
        unreadable_folders=tuple(listing.unreadable_folders),
        linked_folders=tuple(listing.linked_folders),
        links_lead_out=listing.links_lead_out,
        excluded=listing.excluded,
        forced=shape.forced,
    )
    return Evidence(Table(samples, made=made), dataset, pair_table())
