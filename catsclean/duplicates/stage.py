"""The step between scan and judge: which samples are one and the same picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from catsclean.duplicates import verification
from catsclean.duplicates.candidates import find_candidates, find_candidates_between
from catsclean.duplicates.grouping import name_groups
from catsclean.duplicates.hashing import Hashes, from_hex
from catsclean.duplicates.looking import Pictures, Viewer, judge_candidates

if TYPE_CHECKING:
    import pandas as pd

    from catsclean.duplicates.known import KnownNeighbours
    from catsclean.duplicates.looking import Load, Progress, Verdicts
    from catsclean.evidence import Evidence

PAIR_COLUMNS: Final = ("path", "other", "kind", "distance64", "distance256")


def relate(
    evidence: Evidence,
    load: Load,
    *,
    verdicts: Verdicts | None = None,
    known: KnownNeighbours | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Finds the duplicates of a data set.

    Args:
        evidence: As the scan gathered it.
        load: Loads the picture of a sample, RGB; may raise ValueError or OSError where it cannot,
            and then the pair is left out.
        verdicts: What is known of earlier audits; gains what is learned now, and loses what no
            longer occurs.
        known: Neighbours of earlier audits; become those of this one. They save time, and change
            nothing.
        progress: Told how many candidates of how many were looked at.

    Returns:
        The evidence with its ``pairs`` and the column ``group`` of its samples filled in.
    """
    import pandas as pd

    samples = evidence.samples.sort_values("path", kind="stable")
    pictures = samples[(samples["outcome"] == "decoded") & (samples["sha256"] != "")]
    first_of = pictures.drop_duplicates("sha256")
    paths_of = dict(zip(first_of["sha256"].tolist(), first_of["path"].tolist(), strict=True))
    copies = pictures[pictures.duplicated("sha256")]
    rows = [
        (paths_of[digest], path, verification.IDENTICAL_BYTES, 0, 0)
        for path, digest in zip(copies["path"], copies["sha256"], strict=True)
    ]
    chosen = _comparable(first_of)
    limits = verification.radii(len(chosen.paths))
    found, neighbours = find_candidates(
        chosen.hashes, limits, None if known is None else known.neighbours
    )
    if known is not None and neighbours.memorable:
        known.neighbours = neighbours
    viewer = Viewer(chosen, load)
    kinds = judge_candidates(viewer, viewer, found, verdicts=verdicts, progress=progress)
    rows += [
        (chosen.paths[a], chosen.paths[b], kind, int(d64), int(d256))
        for a, b, kind, d64, d256 in zip(
            found.first, found.second, kinds, found.distance64, found.distance256, strict=True
        )
        if kind
    ]
    rows.sort()
    pairs = pd.DataFrame(rows, columns=list(PAIR_COLUMNS)).astype(
        {"path": str, "other": str, "kind": str, "distance64": "int64", "distance256": "int64"}
    )
    place = {path: at for at, path in enumerate(evidence.samples["path"].tolist())}
    ends = [
        np.array([place[path] for path in pairs[end]], dtype=np.intp) for end in PAIR_COLUMNS[:2]
    ]
    related = evidence.samples.copy()
    related["group"] = name_groups(related["sha256"].tolist(), *ends)
    return replace(evidence, samples=related, pairs=pairs)


def relate_against(
    new: Evidence,
    old: Evidence,
    load_new: Load,
    load_old: Load,
    *,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Finds pictures of one data set that another one already has.

    Compares the new with the old and neither with itself: 100 against 25,000 are 7.5 million
    distances.

    Args:
        new: Evidence of the new data set.
        old: Evidence of the other one.
        load_new: Loads a picture of the new one.
        load_old: Loads a picture of the other one.
        progress: Told how many candidates of how many were looked at.

    Returns:
        One row per pair, columns as :attr:`Evidence.pairs`: ``path`` in the new set, ``other`` in
        the old one; a picture that has a copy byte for byte is listed with that copy only.
    """
    import pandas as pd

    tables = []
    for evidence in (new, old):
        samples = evidence.samples.sort_values("path", kind="stable")
        tables.append(samples[(samples["outcome"] == "decoded") & (samples["sha256"] != "")])
    fresh, known = tables[0], tables[1].drop_duplicates("sha256")
    path_of = dict(zip(known["sha256"].tolist(), known["path"].tolist(), strict=True))
    is_copy = fresh["sha256"].isin(path_of.keys())
    rows = [
        (path, path_of[digest], verification.IDENTICAL_BYTES, 0, 0)
        for path, digest in zip(
            fresh.loc[is_copy, "path"], fresh.loc[is_copy, "sha256"], strict=True
        )
    ]
    asking, answering = _comparable(fresh[~is_copy]), _comparable(known)
    limits = verification.radii(len(asking.paths) + len(answering.paths))
    found = find_candidates_between(asking.hashes, answering.hashes, limits)
    kinds = judge_candidates(
        Viewer(asking, load_new), Viewer(answering, load_old), found, progress=progress
    )
    rows += [
        (asking.paths[a], answering.paths[b], kind, int(d64), int(d256))
        for a, b, kind, d64, d256 in zip(
            found.first, found.second, kinds, found.distance64, found.distance256, strict=True
        )
        if kind
    ]
    return pd.DataFrame(sorted(rows), columns=list(PAIR_COLUMNS))


def _comparable(samples: pd.DataFrame) -> Pictures:
    """Leaves out what has no structure: flat pictures are duplicates by their bytes alone."""
    rows = samples[~samples["flat"].astype(bool) & (samples["phash256"] != "")]
    sizes = list(zip(rows["width_px"].tolist(), rows["height_px"].tolist(), strict=True))
    hashes = Hashes(
        rows["phash64"].to_numpy(np.int64).view(np.uint64),
        rows["mirror64"].to_numpy(np.int64).view(np.uint64),
        from_hex(rows["phash256"].tolist(), 4),
        from_hex(rows["mirror256"].tolist(), 4),
    )
    return Pictures(rows["path"].tolist(), rows["sha256"].tolist(), sizes, hashes)
