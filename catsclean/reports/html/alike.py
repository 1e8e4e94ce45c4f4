"""Which pictures are most like each one of the page, on the page and beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from catsclean.content.similar import Embeddings, Likes, find_likes

_MOST: Final = 12
# names of pictures that the page does not show
_MOST_ELSEWHERE: Final = 4


@dataclass(frozen=True, slots=True)
class Alike:
    """The most similar pictures of each picture of the page, the most similar first.

    Attributes:
        near: By number of a picture: numbers of others on the page, each with its likeness in
            hundredths (the cosine of :class:`~catsclean.content.similar.Similar`).
        elsewhere: The same for pictures that the page does not show, as positions in `names`.
        names: Their paths.
    """

    near: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    elsewhere: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def for_script(self) -> dict[str, Any]:
        """Return what the script of the page needs."""
        return {"alike": self.near, "elsewhere": self.elsewhere, "names": self.names}


def find_alike(
    embeddings: Embeddings | None, number: Mapping[str, int], shown: Collection[str]
) -> Alike:
    """Find them by the vectors of the pictures.

    Args:
        embeddings: The vectors of the whole data set; None: they are not known.
        number: By path, the number of each picture on the page.
        shown: Paths of those that the page has a thumbnail of.
    """
    if embeddings is None:
        return Alike()
    paths = embeddings.paths
    here = np.array([row for row, path in enumerate(paths) if path in shown], np.intp)
    if len(here) < 2:
        return Alike()
    others = np.setdiff1d(np.arange(len(paths)), here)
    numbers = [number[paths[row]] for row in here.tolist()]
    near = find_likes(embeddings, here, here, _MOST)
    beside = find_likes(embeddings, here, others, _MOST_ELSEWHERE)
    named = sorted(set(beside.rows.ravel().tolist()))
    place = {row: at for at, row in enumerate(named)}
    return Alike(
        _pairs(numbers, near, dict(zip(here.tolist(), numbers, strict=True))),
        _pairs(numbers, beside, place) if named else {},
        [paths[row] for row in named],
    )


def _pairs(
    numbers: list[int], likes: Likes, place: Mapping[int, int]
) -> dict[int, list[tuple[int, int]]]:
    hundredths = np.rint(likes.likeness * 100).astype(int).tolist()
    return {
        one: [(place[row], like) for row, like in zip(rows, values, strict=True)]
        for one, rows, values in zip(numbers, likes.rows.tolist(), hundredths, strict=True)
    }
