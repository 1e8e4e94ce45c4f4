"""Looks at the pixels of candidates, each pair once: what was seen is remembered.

The only part of the judgement that opens files again, and it opens those of candidates alone.
What it learned is remembered by the digests of both files (:class:`Verdicts`), so that an audit
of an unchanged folder opens none.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from catsclean.duplicates import poses, verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

    from catsclean.duplicates.candidates import Candidates
    from catsclean.rows import Rows

    # Gives a sample's picture; with a number, no side longer than that many pixels.
    Load = Callable[[str, int | None], Image.Image]
    Progress = Callable[[int, int], None]
    # Answers questions in any order, each with its position.
    Ask = Callable[[Sequence["Question"]], Iterable[tuple[int, "Answer"]]]

# The kinds of a pair, in the order in which they were asked for, up to the first that is proved;
# empty for different pictures, None where one of them cannot be loaded.
Answer = list[str | None]
# Pictures kept decoded while candidates are verified: 170 kB each.
_LOOKS_KEPT: Final = 256
# Hashes of the very same pixels are equal; a little is left for other decoders of one file.
_SAME_PIXELS_DISTANCE: Final = 4


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
            if content["version"] != verification.KINDS_VERSION:
                return cls()
            return cls({(str(a), str(b), int(p)): str(kind) for a, b, p, kind in content["kinds"]})
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def save(self, path: Path) -> None:
        """Writes it, whole or not at all."""
        from catsclean.state import replacing

        rows = [[*key, kind] for key, kind in sorted(self.kinds.items())]
        text = json.dumps({"version": verification.KINDS_VERSION, "kinds": rows})
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


class End(NamedTuple):
    """One picture of a pair: its sample path, and the size of the file's picture in pixels."""

    path: str
    width_px: int
    height_px: int


class Question(NamedTuple):
    """Whether two pictures are one.

    Attributes:
        first: One of them.
        second: The other.
        near: In which ways they may be, to be tried in this order until one is proved: the
            distance of the 256-bit hashes, and the pose of the second on the first.
    """

    first: End
    second: End
    near: tuple[tuple[int, int], ...]


class Viewer:
    """Loads pictures when they are asked for, and keeps the last few hundred."""

    def __init__(self, load: Load) -> None:
        """Opens nothing yet."""
        self._load = load
        self._kept: OrderedDict[str, verification.Look] = OrderedDict()

    def whole(self, end: End) -> Image.Image:
        """The picture at its full size."""
        return self._load(end.path, None)

    def __getitem__(self, end: End) -> verification.Look:
        """What is compared of the picture."""
        look = self._kept.pop(end.path, None)
        if look is None:
            picture = self._load(end.path, verification.LOAD_SIDE_PX)
            look = verification.look_at(picture, end.width_px, end.height_px)
        self._kept[end.path] = look
        if len(self._kept) > _LOOKS_KEPT:
            self._kept.popitem(last=False)
        return look


def look(firsts: Viewer, seconds: Viewer, question: Question) -> Answer:
    """Looks at two pictures."""
    answer: Answer = []
    for distance, pose in question.near:
        answer.append(_kind(firsts, seconds, question, distance, pose))
        if answer[-1]:  # once it is proved it need not be turned as well
            break
    return answer


def here(load: Load, load_second: Load | None = None) -> Ask:
    """Looks at the pixels in this process, at one pair after the other.

    Args:
        load: Loads the pictures.
        load_second: Loads the second of each pair, where they are another data set's.
    """
    firsts = Viewer(load)
    seconds = firsts if load_second is None else Viewer(load_second)

    def ask(questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        for at, question in enumerate(questions):
            yield at, look(firsts, seconds, question)

    return ask


def judge_candidates(
    firsts: Rows,
    seconds: Rows,
    found: Candidates,
    ask: Ask,
    *,
    verdicts: Verdicts | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Finds out which candidates are one picture.

    Args:
        firsts: The samples that ``found.first`` counts.
        seconds: Those that ``found.second`` counts.
        found: The candidates, those of a pair side by side.
        ask: Looks at the pixels, of those of which nothing is known.
        verdicts: What is known; gains what is learned now, and loses what no longer occurs.
        progress: Told after each look how many candidates of how many are done.

    Returns:
        Their kinds, empty for different pictures; a pair has one kind at most.
    """
    known = verdicts.kinds if verdicts is not None else {}
    ends = found.first.tolist(), found.second.tolist()
    samples = firsts.where(found.first), seconds.where(found.second)
    near = list(zip(found.distance256.tolist(), found.pose.tolist(), strict=True))
    keys: list[tuple[str, str, int]] = []
    digests = (rows["sha256"].tolist() for rows in samples)
    for one, other, (_, pose) in zip(*digests, near, strict=True):
        keys.append((one, other, pose) if one <= other else (other, one, poses.inverse(pose)))
    kinds = [known.get(key) for key in keys]
    pairs = [
        list(rows)
        for _, rows in groupby(range(len(keys)), lambda row: (ends[0][row], ends[1][row]))
    ]
    asked = [rows for rows in (_unknown(rows, kinds) for rows in pairs) if rows]
    done = len(keys) - sum(map(len, asked))
    at_first = np.array([rows[0] for rows in asked], dtype=np.intp)
    questions = [
        Question(one, other, tuple(near[row] for row in rows))
        for one, other, rows in zip(*(_ends(of, at_first) for of in samples), asked, strict=True)
    ]
    for at, answer in ask(questions):
        for row, kind in zip(asked[at], answer, strict=False):
            kinds[row] = kind
            if kind is not None:
                known[keys[row]] = kind  # for one who is interrupted
        done += len(asked[at])
        if progress is not None:
            progress(done, len(keys))
    for rows in pairs:
        proof = next((at for at, row in enumerate(rows) if kinds[row]), len(rows))
        for row in rows[proof + 1 :]:
            kinds[row] = None
    if verdicts is not None:
        verdicts.kinds = {
            key: kind for key, kind in zip(keys, kinds, strict=True) if kind is not None
        }
    return [kind or "" for kind in kinds]


def _unknown(rows: list[int], kinds: list[str | None]) -> list[int]:
    """The candidates of a pair that are to be looked at: until one is known to be proved."""
    proof = next((at for at, row in enumerate(rows) if kinds[row]), len(rows))
    return [row for row in rows[:proof] if kinds[row] is None]


def _ends(samples: Rows, at: NDArray[np.intp]) -> Iterator[End]:
    rows = samples.where(at)
    columns = (rows[name].tolist() for name in ("path", "width_px", "height_px"))
    return map(End, *columns)


def _kind(
    firsts: Viewer, seconds: Viewer, question: Question, distance: int, pose: int
) -> str | None:
    one, other = question.first, question.second
    try:
        if (
            pose == poses.AS_IS
            and distance <= _SAME_PIXELS_DISTANCE
            and one[1:] == other[1:]
            and verification.same_pixels(firsts.whole(one), seconds.whole(other))
        ):
            return verification.IDENTICAL_PIXELS
        return verification.verify(firsts[one], seconds[other], pose) or ""
    except (OSError, ValueError):
        return None
