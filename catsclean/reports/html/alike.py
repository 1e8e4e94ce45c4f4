"""Which pictures of the page are most like each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from catsclean.core.content_evidence import ContentEvidence

_MOST: Final = 6


def find_alike(
    content: ContentEvidence | None, number: Mapping[str, int], shown: Collection[str]
) -> dict[int, list[int]]:
    """Return for each picture the most similar ones on the page, nearest first.

    First come its own neighbours, then the pictures that it is a neighbour of, then those that
    share a neighbour with it, then those next to it on the map.

    Args:
        content: What the pictures show; None: nothing is known.
        number: By path, the number of each picture on the page.
        shown: Paths of those that the page has a thumbnail of.
    """
    if content is None or len(shown) < 2:
        return {}
    rows = content.rows
    at = np.array([row for row, path in enumerate(rows["path"].tolist()) if path in shown], int)
    paths = rows["path"][at].tolist()
    named = [text.split("\n") if text else [] for text in rows["neighbours"][at].tolist()]
    place = np.column_stack([rows["map_x"][at], rows["map_y"][at]])
    naming: dict[str, list[str]] = {}
    for path, near in zip(paths, named, strict=True):
        for one in near:
            naming.setdefault(one, []).append(path)
    here = set(paths)
    found = {}
    for row, (path, near) in enumerate(zip(paths, named, strict=True)):
        sharing = [other for one in near for other in naming[one]]
        order = [*near, *naming.get(path, ()), *sharing]
        chosen = list(dict.fromkeys(one for one in order if one in here and one != path))[:_MOST]
        if len(chosen) < _MOST:
            distance = np.nan_to_num(((place - place[row]) ** 2).sum(axis=1), nan=np.inf)
            known = {path, *chosen}
            next_to = [paths[i] for i in np.argsort(distance, kind="stable")[: 2 * _MOST].tolist()]
            chosen += [one for one in next_to if one not in known][: _MOST - len(chosen)]
        found[number[path]] = [number[one] for one in chosen]
    return found
