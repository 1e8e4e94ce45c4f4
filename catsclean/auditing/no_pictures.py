"""Explain why there is nothing to audit in a folder."""

from __future__ import annotations

from pathlib import Path

from catsclean.core import names, stand_ins
from catsclean.core.evidence import Dataset
from catsclean.core.not_a_folder import is_archive
from catsclean.core.split_marker import is_split
from catsclean.scan.junk import STATE_FOLDER


def explain_no_pictures(root: Path, dataset: Dataset) -> str:
    """Explain why no picture was read in this folder, and what to do."""
    shown = names.encode(stand_ins.shown(root))
    others = len(dataset.other_files)
    facts = [f"{others:,} other files"] * bool(others)
    facts += [f"{dataset.excluded:,} excluded"] * bool(dataset.excluded)
    beside = f" ({', '.join(facts)})" if facts else ""
    if dataset.unreadable_folders:
        folder, why = dataset.unreadable_folders[0]
        if ("" if folder == "." else folder) in dataset.containers:
            more = len(dataset.unreadable_folders) - 1
            which = f" in {folder!r}" * (folder != ".") + f" nor in {more:,} more" * (more > 0)
            return (
                f"no readable pictures{which}: {why}. Received: {shown!r}."
                " Make or download the archive again."
            )
        more = len(dataset.unreadable_folders) - 1
        which = f"{folder!r} could not be listed ({why}){f', nor could {more:,} more' * (more > 0)}"
        return (
            f"no readable pictures in this folder{beside}: {which}."
            f" Received: {shown!r}. Get permission to read it first."
        )
    if dataset.linked_folders:
        folder, _ = dataset.linked_folders[0]
        more = len(dataset.linked_folders) - 1
        which = f"{folder!r} is a link{f', and so are {more:,} more folders' * (more > 0)}"
        return (
            f"no pictures in this folder{beside} without following links: {which}."
            f" Received: {shown!r}. Use --follow-links (follow_links=True) for"
            " links within the data set, --follow-links-to FOLDER (follow_links_to=) for links to"
            " a folder outside it."
        )
    if splits := [path for path, reason in dataset.skipped_folders if is_split(reason)]:
        return (
            f"no pictures in this folder{beside} but those of a split that catsclean wrote."
            f" Received: {shown!r}. Audit the split alone: {splits[0]!r}."
        )
    if any(reason == STATE_FOLDER for _, reason in dataset.skipped_folders):
        return (
            f"no pictures in this folder{beside} but those that catsclean set aside in a state"
            f" folder. Received: {shown!r}. Name the data set itself."
        )
    where = "archive" if dataset.containers == ("",) else "folder"
    if archives := [path for path in dataset.other_files if is_archive(path)]:
        return (
            f"no pictures in this {where}{beside}. Received: {shown!r}."
            f" Unpack {archives[0]!r} first, then name what was in it."
        )
    return (
        f"no pictures in this {where}{beside}. Received: {shown!r}."
        " Name the folder that holds the class folders."
    )
