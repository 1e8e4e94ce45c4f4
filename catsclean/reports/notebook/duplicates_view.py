"""Groups of duplicates in a notebook: the pictures of each group side by side."""

from __future__ import annotations

from typing import Final

from catsclean.core import names
from catsclean.core.text import count
from catsclean.duplicates.find import DuplicateGroup, DuplicateGroups
from catsclean.reports.notebook.album import MAX_THUMBNAILS, Album
from catsclean.reports.notebook.view_parts import (
    Cards,
    CellView,
    Clusters,
    PictureCard,
    Sentences,
    ViewPart,
)

_MEMBERS: Final = 6


def view(groups: DuplicateGroups) -> CellView:
    """Show groups of duplicates."""
    if not groups:
        return CellView("", ["no duplicates"])
    album = Album()
    clusters: list[Cards] = []
    for group in groups:
        if len(clusters) == MAX_THUMBNAILS // 2 or (clusters and album.full):
            break
        clusters.append(_side_by_side(group, groups, album))
    parts: list[ViewPart] = [Clusters(clusters)]
    if more := len(groups) - len(clusters):
        parts.append(Sentences([f"and {count(more, 'more group')}"]))
    members = sum(len(group.members) for group in groups)
    name = "" if groups.reach is None else names.encode(groups.reach.root.name)
    return CellView(name, [count(len(groups), "group"), f"{members:,} pictures"], parts)


def _side_by_side(group: DuplicateGroup, groups: DuplicateGroups, album: Album) -> Cards:
    """Show the suggested original first."""
    others = [member for member in group.members if member != group.keep]
    kinds = {
        one: pair.kind
        for pair in reversed(group.pairs)
        for one in (pair.first, pair.second)
        if one != group.keep
    }
    shown = [(group.keep, "keep", group.why)]
    shown += [(member, kinds.get(member, "copy"), "") for member in others[: _MEMBERS - 1]]
    cards = []
    for member, heading, note in shown:
        path = groups.paths.get(member, member)
        made = None if groups.reach is None else album.make(groups.reach, path)
        cards.append(PictureCard(path, heading, note, made))
    hidden = len(group.members) - len(shown)
    caption = count(len(group.members), "picture") + (f", {hidden:,} not shown" if hidden else "")
    return Cards(cards, caption)
