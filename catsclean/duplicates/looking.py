"""Looks at the pixels of candidates, each pair once: what was seen is remembered.

The only part of the judgement that opens files again, and it opens those of candidates alone.
What it learned is remembered by the digests of both files (:class:`Verdicts`), so that an audit
of an unchanged folder opens none.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from catsclean.duplicates import poses, verification

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from catsclean.duplicates.candidates import Candidates
    from catsclean.duplicates.hashing import Hashes

    # Gives a sample's picture; with a number, no side longer than that many pixels.
    Load = Callable[[str, int | None], Image.Image]
    Progress = Callable[[int, int], None]

# Pictures kept decoded while candidates are verified: 74 kB each.
_LOOKS_KEPT: Final = 512
# Hashes of the very same pixels are equal; a little is left for other decoders of one file.
_SAME_PIXELS_DISTANCE: Final = 4
_VERSION: Final = 3


@dataclass
class Verdicts:
    """What looking at pairs has shown so far, by the SHA-256 of both files.

    Attributes:
        kinds: (smaller digest, larger digest, pose of the latter on the former) to the kind; empty
            for different pictures.
    """

    kinds: dict[tuple[str, str, int], str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Verdicts:
        """Reads what :meth:`save` wrote; nothing where the file is missing or of no use."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["version"] != _VERSION:
                return cls()
            return cls({(str(a), str(b), int(p)): str(kind) for a, b, p, kind in content["kinds"]})
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def save(self, path: Path) -> None:
        """Writes it, whole or not at all."""
        from catsclean.state import replacing

        rows = [[*key, kind] for key, kind in sorted(self.kinds.items())]
        text = json.dumps({"version": _VERSION, "kinds": rows})
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


class Pictures(NamedTuple):
    """The samples worth comparing: one of each content, flat ones left out."""

    paths: list[str]
    digests: list[str]
    sizes: list[tuple[int, int]]
    hashes: Hashes


class Viewer:
    """Loads pictures when they are asked for, and keeps the last few hundred."""

    def __init__(self, pictures: Pictures, load: Load) -> None:
        """Opens nothing yet."""
        self.pictures = pictures
        self._load = load
        self._kept: OrderedDict[int, verification.Look] = OrderedDict()

    def whole(self, at: int) -> Image.Image:
        """The picture at its full size."""
        return self._load(self.pictures.paths[at], None)

    def __getitem__(self, at: int) -> verification.Look:
        """What is compared of the picture."""
        look = self._kept.pop(at, None)
        if look is None:
            picture = self._load(self.pictures.paths[at], verification.LOAD_SIDE_PX)
            look = verification.look_at(picture, *self.pictures.sizes[at])
        self._kept[at] = look
        if len(self._kept) > _LOOKS_KEPT:
            self._kept.popitem(last=False)
        return look


def judge_candidates(
    firsts: Viewer,
    seconds: Viewer,
    found: Candidates,
    *,
    verdicts: Verdicts | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Looks at the pixels of candidates.

    Args:
        firsts: The pictures that ``found.first`` counts.
        seconds: Those that ``found.second`` counts.
        found: The candidates.
        verdicts: What is known; gains what is learned now, and loses what no longer occurs.
        progress: Told after each look how many candidates of how many are done.

    Returns:
        Their kinds, empty for different pictures; a pair has one kind at most.
    """
    known = verdicts.kinds if verdicts is not None else {}
    learned: dict[tuple[str, str, int], str] = {}
    kinds: list[str] = []
    total, poses_of = len(found.first), found.pose.tolist()
    proved: tuple[int, int] | None = None
    for done, (a, b) in enumerate(zip(found.first.tolist(), found.second.tolist(), strict=True)):
        if proved == (a, b):  # upright; it need not be turned as well
            kinds.append("")
            continue
        low, high, pose = firsts.pictures.digests[a], seconds.pictures.digests[b], poses_of[done]
        key = (low, high, pose) if low <= high else (high, low, poses.inverse(pose))
        kind = known.get(key)
        if kind is None:
            kind = _look((firsts, a), (seconds, b), int(found.distance256[done]), pose)
            if kind is not None:
                known[key] = kind  # for one who is interrupted
            if progress is not None:
                progress(done + 1, total)
        if kind is not None:
            learned[key] = kind
        kinds.append(kind or "")
        proved = (a, b) if kind else None
    if verdicts is not None:
        verdicts.kinds = learned
    return kinds


def _look(
    one: tuple[Viewer, int],
    other: tuple[Viewer, int],
    distance: int,
    pose: int,
) -> str | None:
    """The kind; empty for different pictures, None where one of them cannot be loaded."""
    (firsts, a), (seconds, b) = one, other
    try:
        if (
            pose == poses.AS_IS
            and distance <= _SAME_PIXELS_DISTANCE
            and firsts.pictures.sizes[a] == seconds.pictures.sizes[b]
            and verification.same_pixels(firsts.whole(a), seconds.whole(b))
        ):
            return verification.IDENTICAL_PIXELS
        return verification.verify(firsts[a], seconds[b], pose) or ""
    except (OSError, ValueError):
        return None
