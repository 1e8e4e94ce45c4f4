"""The step between scan and judge: which samples are one and the same picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from catsclean.duplicates import verification
from catsclean.duplicates.candidates import find_candidates, find_candidates_between
from catsclean.duplicates.distinct import collapse
from catsclean.duplicates.grouping import name_groups
from catsclean.duplicates.hashing import Hashes
from catsclean.duplicates.looking import judge_candidates
from catsclean.evidence import PAIR, pair_table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catsclean.duplicates.candidates import Candidates
    from catsclean.duplicates.known import KnownNeighbours
    from catsclean.duplicates.looking import Ask, Progress, Verdicts
    from catsclean.evidence import Evidence
    from catsclean.rows import Rows

PAIR_COLUMNS: Final = tuple(PAIR)
# 64 hex digits each
_DIGEST_WORDS: Final = 4
_HASH_WORDS: Final = 4


def relate(
    evidence: Evidence,
    ask: Ask,
    *,
    verdicts: Verdicts | None = None,
    known: KnownNeighbours | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Finds the duplicates of a data set.

    Args:
        evidence: As the scan gathered it.
        ask: Looks at the pixels of pairs (:func:`~.looking.here`); one that it cannot look at is
            left out.
        verdicts: What is known of earlier audits; gains what is learned now, and loses what no
            longer occurs.
        known: Neighbours of earlier audits; become those of this one. They save time, and change
            nothing.
        progress: Told how many candidates of how many were looked at.

    Returns:
        The evidence with its ``pairs`` and the column ``group`` of its samples filled in.
    """
    pictures = _by_path(evidence)
    first_of, copies = _first_of_each(pictures)
    paths = pictures["path"]
    rows = [
        (paths[first], paths[copy], verification.IDENTICAL_BYTES, 0, 0) for first, copy in copies
    ]
    chosen = _comparable(pictures.where(first_of))
    limits = verification.radii(len(chosen))
    found, neighbours = find_candidates(
        _hashes_of(chosen), limits, None if known is None else known.neighbours
    )
    if known is not None and neighbours.memorable:
        known.neighbours = neighbours
    kinds = judge_candidates(chosen, chosen, found, ask, verdicts=verdicts, progress=progress)
    rows += _proved(chosen, chosen, found, kinds)
    rows.sort()
    samples = evidence.rows["path"].tolist() if rows else []
    place = dict(zip(samples, range(len(samples)), strict=True))
    ends = [np.array([place[row[end]] for row in rows], dtype=np.intp) for end in (0, 1)]
    groups = name_groups(
        lambda at: evidence.rows.where(at)["sha256"].tolist(), len(evidence), *ends
    )
    return evidence.replaced(samples=evidence.with_texts("group", groups), pairs=pair_table(rows))


def relate_against(
    new: Evidence,
    old: Evidence,
    ask: Ask,
    *,
    verdicts: Verdicts | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Finds pictures of one data set that another one already has.

    Compares the new with the old and neither with itself: 100 against 25,000 are 7.5 million
    distances.

    Args:
        new: Evidence of the new data set.
        old: Evidence of the other one.
        ask: Looks at the pixels of pairs, the first of each in the new one.
        verdicts: As :func:`relate` takes them, of these two data sets.
        progress: Told how many candidates of how many were looked at.

    Returns:
        One row per pair, columns as :attr:`Evidence.pairs`: ``path`` in the new set, ``other`` in
        the old one; a picture that has a copy byte for byte is listed with that copy only.
    """
    import pandas as pd

    fresh, known = _by_path(new), _by_path(old)
    known = known.where(_first_of_each(known)[0])
    path_of = dict(zip(known["sha256"], known["path"], strict=True))
    is_copy = np.array([digest in path_of for digest in fresh["sha256"]], dtype=np.bool_)
    copies = fresh.where(is_copy)
    rows = [
        (path, path_of[digest], verification.IDENTICAL_BYTES, 0, 0)
        for path, digest in zip(copies["path"], copies["sha256"], strict=True)
    ]
    asking, answering = _comparable(fresh.where(~is_copy)), _comparable(known)
    limits = verification.radii(len(asking) + len(answering))
    found = find_candidates_between(_hashes_of(asking), _hashes_of(answering), limits)
    kinds = judge_candidates(asking, answering, found, ask, verdicts=verdicts, progress=progress)
    rows += _proved(asking, answering, found, kinds)
    return pd.DataFrame(sorted(rows), columns=list(PAIR_COLUMNS))


def _by_path(evidence: Evidence) -> Rows:
    """The pictures that decoded, sorted by path."""
    rows = evidence.rows
    digested = np.asarray(rows.words("sha256", _DIGEST_WORDS).any(axis=1))
    pictures = rows.where((rows["outcome"] == "decoded") & digested)
    paths = pictures["path"]
    if (paths[:-1] <= paths[1:]).all():
        return pictures
    return pictures.where(np.argsort(paths, kind="stable"))


def _first_of_each(pictures: Rows) -> tuple[NDArray[np.intp], list[tuple[int, int]]]:
    """Positions of the first file of each content; and of the others, each with its first."""
    first, which = collapse(list(pictures.words("sha256", _DIGEST_WORDS).T))
    first_of = first[which]
    others = np.flatnonzero(first_of != np.arange(len(first_of)))
    copies = list(zip(first_of[others].tolist(), others.tolist(), strict=True))
    return np.sort(first), copies


def _comparable(samples: Rows) -> Rows:
    """Leaves out what has no structure: flat pictures are duplicates by their bytes alone."""
    rows = samples.where(~samples["flat"].astype(np.bool_))
    # a picture with structure is no black one, and so its first bit is set
    return rows.where(np.asarray(rows.words("phash256", _HASH_WORDS).any(axis=1)))


def _hashes_of(rows: Rows) -> Hashes:
    return Hashes(
        rows["phash64"].astype(np.int64).view(np.uint64),
        rows["mirror64"].astype(np.int64).view(np.uint64),
        rows.words("phash256", _HASH_WORDS),
        rows.words("mirror256", _HASH_WORDS),
    )


def _proved(
    firsts: Rows, seconds: Rows, found: Candidates, kinds: list[str]
) -> list[tuple[str, str, str, int, int]]:
    """The candidates that are one picture, as rows of pairs."""
    proved = np.flatnonzero([bool(kind) for kind in kinds])
    return list(
        zip(
            firsts.where(found.first[proved])["path"].tolist(),
            seconds.where(found.second[proved])["path"].tolist(),
            [kinds[at] for at in proved],
            found.distance64[proved].tolist(),
            found.distance256[proved].tolist(),
            strict=True,
        )
    )
