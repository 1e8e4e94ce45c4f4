"""The step between scan and judge: find the samples that show the same picture."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import PAIR, Evidence, pair_table
from catsclean.core.groups import name_groups
from catsclean.core.rows import Rows
from catsclean.duplicates import verification
from catsclean.duplicates.candidates import (
    Candidates,
    find_candidates,
    find_candidates_between,
    merge,
)
from catsclean.duplicates.compare import Ask, Progress, Verdicts, judge_candidates
from catsclean.duplicates.distinct import collapse, distinct, members_of
from catsclean.duplicates.neighbour_cache import KnownNeighbours
from catsclean.duplicates.pair_kinds import IDENTICAL_BYTES, OTHER_COLOUR
from catsclean.duplicates.saved_search import SavedSearches
from catsclean.duplicates.small_pictures import Glance, find_small
from catsclean.duplicates.verification import Proof
from catsclean.images.hashing import Hashes

if TYPE_CHECKING:
    import pandas as pd


PAIR_COLUMNS: Final = tuple(PAIR)
# 64 hex digits each
_DIGEST_WORDS: Final = 4
_HASH_WORDS: Final = 4
# A new picture is compared with at most so many old ones of equal hash; a logo may occur thousands
# of times.
_MOST_EQUAL: Final = 20


def relate(
    evidence: Evidence,
    ask: Ask,
    *,
    verdicts: Verdicts | None = None,
    known: KnownNeighbours | None = None,
    saved: SavedSearches | None = None,
    glance: Glance | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Find the duplicates of a data set.

    Args:
        evidence: The evidence from the scan.
        ask: Compares the pixels of pairs (:func:`~.compare.here`); a pair that it cannot compare is
            left out.
        verdicts: Results of earlier audits; new results are added, and those no longer needed are
            removed.
        known: Neighbours of earlier audits, replaced by those of this one.  They only save time.
        saved: Saves how far the search for candidates is, in case the audit is killed.
        glance: Reduces pictures to 16x16 pixels, to find more copies of small ones; None: search
            for these as for all others.
        progress: Called with the number of candidates compared and their total.

    Returns:
        The evidence with its ``pairs`` and its samples' column ``group`` filled in.
    """
    pictures = _by_path(evidence)
    first_of, copies = _first_of_each(pictures)
    ends = (pictures.where(at)["path"].tolist() for at in copies)
    rows: list[tuple[Any, ...]] = [
        (first, copy, IDENTICAL_BYTES, 0, 0, 1.0, 1.0, "", "")
        for first, copy in zip(*ends, strict=True)
    ]
    evidence.release(texts=True)  # the search needs the memory
    chosen = _comparable(pictures.where(first_of))
    limits = verification.radii(len(chosen))
    found, neighbours = find_candidates(
        _hashes_of(chosen), limits, None if known is None else known.neighbours, saved
    )
    if known is not None and neighbours.memorable:
        known.neighbours = neighbours
    if glance is not None:
        found = _with_small(found, chosen, glance)
    proofs = judge_candidates(chosen, chosen, found, ask, verdicts=verdicts, progress=progress)
    rows += _proved(chosen, chosen, found, proofs)
    rows.sort()
    joined = [row for row in rows if row[2] != OTHER_COLOUR]
    named = {path for row in joined for path in row[:2]}
    samples = evidence.rows.texts("path") if named else ()
    place = {path: at for at, path in enumerate(samples) if path in named}
    first, second = (np.array([place[row[end]] for row in joined], dtype=np.intp) for end in (0, 1))
    groups = name_groups(
        lambda at: evidence.rows.where(at)["sha256"].tolist(), len(evidence), first, second
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
    """Find pictures of one data set that another one already has.

    Compares only new pictures with old ones: 100 against 25,000 are 7.5 million distances.

    Args:
        new: Evidence of the new data set.
        old: Evidence of the other one.
        ask: Compares the pixels of pairs; the first of each is in the new data set.
        verdicts: As for :func:`relate`, for these two data sets.
        progress: Called with the number of candidates compared and their total.

    Returns:
        One row per pair, columns as in :attr:`Evidence.pairs`: ``path`` in the new set, ``other``
        in the old one: all files there that hold the picture, at most 20 with equal hashes.
    """
    import pandas as pd

    fresh, known = _by_path(new), _by_path(old)
    paths_of: dict[str, list[str]] = {}
    for digest, path in zip(known["sha256"].tolist(), known["path"].tolist(), strict=True):
        paths_of.setdefault(digest, []).append(path)
    rows: list[tuple[Any, ...]] = [
        (path, other, IDENTICAL_BYTES, 0, 0, 1.0, 1.0, "", "")
        for path, digest in zip(fresh["path"].tolist(), fresh["sha256"].tolist(), strict=True)
        for other in paths_of.get(digest, ())
    ]
    asking = _comparable(fresh)
    answering = _comparable(known.where(_first_of_each(known)[0]))
    limits = verification.radii(len(asking) + len(answering))
    hashes = _hashes_of(answering)
    found = find_candidates_between(_hashes_of(asking), hashes, limits)
    found = _of_other_bytes(found, asking, answering)
    proofs = judge_candidates(asking, answering, found, ask, verdicts=verdicts, progress=progress)
    # so far only the first old picture of each hash was compared: now the others, for proved pairs
    more = _of_other_bytes(_with_equal_hashes(found, proofs, hashes), asking, answering)
    if len(more.first):
        seen = None if verdicts is None else Verdicts(dict(verdicts.proofs))
        further = judge_candidates(asking, answering, more, ask, verdicts=seen)
        if verdicts is not None and seen is not None:
            verdicts.proofs |= seen.proofs
        rows += _everywhere(_proved(asking, answering, more, further), paths_of, answering)
    rows += _everywhere(_proved(asking, answering, found, proofs), paths_of, answering)
    return pd.DataFrame(sorted(rows), columns=list(PAIR_COLUMNS))


def _of_other_bytes(found: Candidates, asking: Rows, answering: Rows) -> Candidates:
    """Leave out candidates with the same bytes, which need no comparison."""
    same = asking.where(found.first)["sha256"] == answering.where(found.second)["sha256"]
    return Candidates(*(column[~same] for column in found))


def _with_equal_hashes(found: Candidates, proofs: list[Proof], hashes: Hashes) -> Candidates:
    """Return the other candidates with the same hashes as proved ones."""
    proved = np.flatnonzero([bool(proof.kind) for proof in proofs])
    which = distinct(hashes).which
    members, origin = members_of(which, which[found.second[proved]])
    number = np.arange(len(origin)) - np.searchsorted(origin, origin)
    at = proved[origin]
    other = (members != found.second[at]) & (number < _MOST_EQUAL)
    at = at[other]
    return Candidates(
        found.first[at], members[other], found.distance64[at], found.distance256[at], found.pose[at]
    )


def _everywhere(
    rows: list[tuple[Any, ...]], paths_of: dict[str, list[str]], answering: Rows
) -> list[tuple[Any, ...]]:
    """Repeat pairs for every old file with the same bytes as the compared one."""
    digests = zip(answering["path"].tolist(), answering["sha256"].tolist(), strict=True)
    digest_of = dict(digests)
    return [
        (path, other, *rest)
        for path, compared, *rest in rows
        for other in paths_of[digest_of[compared]]
    ]


def _with_small(found: Candidates, chosen: Rows, glance: Glance) -> Candidates:
    """Add candidates among the small pictures only, with wider radii."""
    sides = np.maximum(chosen["width_px"], chosen["height_px"])
    at = np.flatnonzero(sides <= verification.SMALL_SIDE_PX)
    if len(at) < 2:
        return found
    small = chosen.where(at)
    more = find_small(_hashes_of(small), small["path"].tolist(), glance)
    return merge(found, more._replace(first=at[more.first], second=at[more.second]))


def _by_path(evidence: Evidence) -> Rows:
    """Return the pictures that decoded, sorted by path."""
    rows = evidence.rows
    digested = np.asarray(rows.words("sha256", _DIGEST_WORDS).any(axis=1))
    pictures = rows.where((rows["outcome"] == "decoded") & digested)
    if all(one <= other for one, other in pairwise(pictures.texts("path"))):
        return pictures
    return pictures.where(np.argsort(pictures["path"], kind="stable"))


def _first_of_each(
    pictures: Rows,
) -> tuple[NDArray[np.intp], tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the first file of each content; and for each other file, the first one and itself."""
    first, which = collapse(list(pictures.words("sha256", _DIGEST_WORDS).T))
    first_of = first[which]
    others = np.flatnonzero(first_of != np.arange(len(first_of)))
    return np.sort(first), (first_of[others], others)


def _comparable(samples: Rows) -> Rows:
    """Leave out pictures without structure: flat ones are duplicates only by equal bytes."""
    rows = samples.where(~samples["flat"].astype(np.bool_))
    # a picture with structure is not all black, so its first bit is set
    return rows.where(np.asarray(rows.words("phash256", _HASH_WORDS).any(axis=1)))


def _hashes_of(rows: Rows) -> Hashes:
    hashes = Hashes(
        rows["phash64"].astype(np.int64).view(np.uint64),
        rows["mirror64"].astype(np.int64).view(np.uint64),
        rows.words("phash256", _HASH_WORDS),
        rows.words("mirror256", _HASH_WORDS),
    )
    rows.release()
    return hashes


def _proved(
    firsts: Rows, seconds: Rows, found: Candidates, proofs: list[Proof]
) -> list[tuple[Any, ...]]:
    """Return the candidates that are one picture, as rows of pairs."""
    proved = np.flatnonzero([bool(proof.kind) for proof in proofs])
    return [
        (path, other, proof.kind, coarse, fine, *proof[1:])
        for path, other, proof, coarse, fine in zip(
            firsts.where(found.first[proved])["path"].tolist(),
            seconds.where(found.second[proved])["path"].tolist(),
            [proofs[at] for at in proved],
            found.distance64[proved].tolist(),
            found.distance256[proved].tolist(),
            strict=True,
        )
    ]
