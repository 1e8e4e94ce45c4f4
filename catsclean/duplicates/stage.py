"""The step between scan and judge: which samples are one and the same picture.

The only part of the judgement that opens files again, and it opens those of candidates alone.
What it learned is remembered by the digests of both files (:class:`Verdicts`), so that an audit
of an unchanged folder opens none.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from catsclean.duplicates import verification
from catsclean.duplicates.candidates import Candidates, find_candidates
from catsclean.duplicates.grouping import name_groups
from catsclean.duplicates.hashing import Hashes, from_hex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd
    from PIL import Image

    from catsclean.evidence import Evidence

    # Gives a sample's picture; with a number, no side longer than that many pixels.
    Load = Callable[[str, int | None], Image.Image]
    Progress = Callable[[int, int], None]

PAIR_COLUMNS: Final = ("path", "other", "kind", "distance64", "distance256")

# Pictures kept decoded while candidates are verified: 74 kB each.
_LOOKS_KEPT: Final = 512
# Hashes of the very same pixels are equal; a little is left for other decoders of one file.
_SAME_PIXELS_DISTANCE: Final = 4
_VERDICTS_VERSION: Final = 1


@dataclass
class Verdicts:
    """What looking at pairs has shown so far, by the SHA-256 of both files.

    Attributes:
        kinds: (smaller digest, larger digest, mirrored) to the kind; empty for different pictures.
    """

    kinds: dict[tuple[str, str, bool], str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Verdicts:
        """Reads what :meth:`save` wrote; nothing where the file is missing or of no use."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["version"] != _VERDICTS_VERSION:
                return cls()
            return cls({(str(a), str(b), bool(m)): str(kind) for a, b, m, kind in content["kinds"]})
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def save(self, path: Path) -> None:
        """Writes it, whole or not at all."""
        from catsclean.state import replacing

        rows = [[*key, kind] for key, kind in sorted(self.kinds.items())]
        text = json.dumps({"version": _VERDICTS_VERSION, "kinds": rows})
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


class _Pictures(NamedTuple):
    """The samples worth comparing: one of each content, flat ones left out."""

    paths: list[str]
    digests: list[str]
    sizes: list[tuple[int, int]]
    hashes: Hashes


def relate(
    evidence: Evidence,
    load: Load,
    *,
    verdicts: Verdicts | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Finds the duplicates of a data set.

    Args:
        evidence: As the scan gathered it.
        load: Loads the picture of a sample, RGB; may raise ValueError or OSError where it cannot,
            and then the pair is left out.
        verdicts: What is known of earlier audits; gains what is learned now, and loses what no
            longer occurs.
        progress: Told how many candidates of how many were looked at.

    Returns:
        The evidence with its ``pairs`` and the column ``group`` of its samples filled in.
    """
    import pandas as pd

    samples = evidence.samples.sort_values("path", kind="stable")
    pictures = samples[(samples["outcome"] == "decoded") & (samples["sha256"] != "")]
    first_of = pictures.drop_duplicates("sha256")
    paths_of = dict(zip(first_of["sha256"], first_of["path"], strict=True))
    copies = pictures[pictures.duplicated("sha256")]
    rows = [
        (paths_of[digest], path, verification.IDENTICAL_BYTES, 0, 0)
        for path, digest in zip(copies["path"], copies["sha256"], strict=True)
    ]
    chosen = _comparable(first_of)
    found = find_candidates(chosen.hashes, verification.radii(len(chosen.paths)))
    kinds = judge_candidates(chosen, chosen, found, load, load, verdicts, progress)
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
    place = {path: at for at, path in enumerate(evidence.samples["path"])}
    ends = [
        np.array([place[path] for path in pairs[end]], dtype=np.intp) for end in PAIR_COLUMNS[:2]
    ]
    related = evidence.samples.copy()
    related["group"] = name_groups(list(related["sha256"]), *ends)
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

    Compares the new with the old and neither with itself: 100 against 25,000 are 2.5 million
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
    path_of = dict(zip(known["sha256"], known["path"], strict=True))
    is_copy = fresh["sha256"].isin(path_of.keys())
    rows = [
        (path, path_of[digest], verification.IDENTICAL_BYTES, 0, 0)
        for path, digest in zip(
            fresh.loc[is_copy, "path"], fresh.loc[is_copy, "sha256"], strict=True
        )
    ]
    asking, answering = _comparable(fresh[~is_copy]), _comparable(known)
    limits = verification.radii(len(asking.paths) + len(answering.paths))
    found = find_candidates(answering.hashes, limits, asking.hashes)
    kinds = judge_candidates(asking, answering, found, load_new, load_old, None, progress)
    rows += [
        (asking.paths[a], answering.paths[b], kind, int(d64), int(d256))
        for a, b, kind, d64, d256 in zip(
            found.first, found.second, kinds, found.distance64, found.distance256, strict=True
        )
        if kind
    ]
    return pd.DataFrame(sorted(rows), columns=list(PAIR_COLUMNS))


def judge_candidates(
    firsts: _Pictures,
    seconds: _Pictures,
    found: Candidates,
    load_first: Load,
    load_second: Load,
    verdicts: Verdicts | None,
    progress: Progress | None,
) -> list[str]:
    """Looks at the pixels of candidates; gives their kinds, empty for different pictures."""
    known = verdicts.kinds if verdicts is not None else {}
    learned: dict[tuple[str, str, bool], str] = {}
    looks_first = _Looks(firsts, load_first)
    looks_second = looks_first if seconds is firsts else _Looks(seconds, load_second)
    kinds: list[str] = []
    for done, (a, b) in enumerate(zip(found.first.tolist(), found.second.tolist(), strict=True)):
        mirrored = bool(found.mirrored[done])
        low, high = sorted((firsts.digests[a], seconds.digests[b]))
        key = (low, high, mirrored)
        kind = known.get(key)
        if kind is None:
            kind = _look(looks_first, a, looks_second, b, int(found.distance256[done]), mirrored)
        if kind is not None:
            learned[key] = kind
        kinds.append(kind or "")
        if progress is not None:
            progress(done + 1, len(found.first))
    if verdicts is not None:
        verdicts.kinds = learned
    return kinds


def _look(
    firsts: _Looks,
    a: int,
    seconds: _Looks,
    b: int,
    distance: int,
    mirrored: bool,  # noqa: FBT001
) -> str | None:
    """The kind; empty for different pictures, None where one of them cannot be loaded."""
    try:
        if (
            not mirrored
            and distance <= _SAME_PIXELS_DISTANCE
            and firsts.pictures.sizes[a] == seconds.pictures.sizes[b]
            and verification.same_pixels(firsts.whole(a), seconds.whole(b))
        ):
            return verification.IDENTICAL_PIXELS
        return verification.verify(firsts[a], seconds[b], mirrored=mirrored) or ""
    except (OSError, ValueError):
        return None


class _Looks:
    """Looks at pictures when they are asked for, and remembers the last few hundred."""

    def __init__(self, pictures: _Pictures, load: Load) -> None:
        self.pictures = pictures
        self._load = load
        self._kept: OrderedDict[int, verification.Look] = OrderedDict()

    def whole(self, at: int) -> Image.Image:
        """The picture at its full size."""
        return self._load(self.pictures.paths[at], None)

    def __getitem__(self, at: int) -> verification.Look:
        look = self._kept.pop(at, None)
        if look is None:
            picture = self._load(self.pictures.paths[at], verification.LOAD_SIDE_PX)
            look = verification.look_at(picture, *self.pictures.sizes[at])
        self._kept[at] = look
        if len(self._kept) > _LOOKS_KEPT:
            self._kept.popitem(last=False)
        return look


def _comparable(samples: pd.DataFrame) -> _Pictures:
    """Leaves out what has no structure: flat pictures are duplicates by their bytes alone."""
    rows = samples[~samples["flat"].astype(bool) & (samples["phash256"] != "")]
    sizes: Sequence[tuple[int, int]] = list(
        zip(rows["width_px"].tolist(), rows["height_px"].tolist(), strict=True)
    )
    hashes = Hashes(
        rows["phash64"].to_numpy(np.int64).view(np.uint64),
        rows["mirror64"].to_numpy(np.int64).view(np.uint64),
        from_hex(rows["phash256"], 4),
        from_hex(rows["mirror256"], 4),
    )
    return _Pictures(list(rows["path"]), list(rows["sha256"]), list(sizes), hashes)
