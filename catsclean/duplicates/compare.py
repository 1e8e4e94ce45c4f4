"""Compare the pixels of candidates, each pair once; the results are cached.

Of the judgement, only this part opens files again, and only those of candidates.  The results are
cached by the digests of both files (:class:`Verdicts`), so an audit of an unchanged folder opens
no file.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catsclean.core.cache_files import read_bytes, write_bytes
from catsclean.core.model import Sample
from catsclean.core.parse_json import parse_json
from catsclean.core.rows import Rows
from catsclean.duplicates import originals, poses, verification
from catsclean.duplicates.candidates import Candidates
from catsclean.duplicates.pair_kinds import IDENTICAL_PIXELS, KINDS_VERSION, OTHER_COLOUR
from catsclean.duplicates.verification import Proof

# Returns a sample's picture; with a number, its sides are at most that many pixels.
Load = Callable[[str, int | None], Image.Image]
# Returns the bytes of a sample's file.
Read = Callable[[str], bytes]
Progress = Callable[[int, int], None]
# Answers questions in any order, each answer with the position of its question.
Ask = Callable[[Sequence["Question"]], Iterable[tuple[int, "Answer"]]]

# The proofs of a pair, one for each pose tried, up to the first that proves it.  The kind is empty
# for different pictures; None if one of them cannot be loaded.
Answer = list[verification.Proof | None]
# Number of decoded pictures in memory while candidates are verified: 170 kB each.
_LOOKS_KEPT: Final = 256
# Number of pictures in memory at full size while they are compared, and their pixels in total.
_WHOLES_KEPT: Final = 32
_WHOLE_PIXELS_KEPT: Final = 10_000_000
# So many nearest candidates of each picture are compared at full size too, to find the original.
# In groups of hundreds, comparing all would cost the square of that.
_NEAREST_WHOLE: Final = 8
# Hashes of the same pixels are equal; this margin allows for another decoder of the same file.
_SAME_PIXELS_DISTANCE: Final = 4


@dataclass
class Verdicts:
    """Results of comparing pairs so far, by the SHA-256 of both files.

    Attributes:
        proofs: (smaller digest, larger digest, pose of the latter on the former, whether they were
            compared at full size too) → the proof; its kind is empty for different pictures.
    """

    proofs: dict[tuple[str, str, int, bool], Proof] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Verdicts:
        """Read a file that :meth:`save` wrote; empty if it is missing or cannot be used."""
        try:
            content = parse_json(read_bytes(path))
            if content["version"] != KINDS_VERSION:
                return cls()
            return cls(
                {
                    (str(a), str(b), int(pose), bool(whole)): _proof(*of)
                    for a, b, pose, whole, *of in content["proofs"]
                }
            )
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def save(self, path: Path) -> None:
        """Write the file, completely or not at all."""
        rows = [[*key, *_written(proof)] for key, proof in sorted(self.proofs.items())]
        text = json.dumps({"version": KINDS_VERSION, "proofs": rows})
        write_bytes(path, text.encode())


def _written(proof: Proof) -> tuple[str | float, ...]:
    """Return the stored form of a proof; empty for different pictures, by far the most frequent."""
    return () if proof == verification.DIFFERENT else tuple(proof)


def _proof(
    kind: str = "",
    correlation: float = 0.0,
    agreement: float = 0.0,
    first_is: str = "",
    second_is: str = "",
) -> Proof:
    return Proof(str(kind), float(correlation), float(agreement), str(first_is), str(second_is))


class Question(NamedTuple):
    """The question whether two pictures are one.

    Attributes:
        first: One of them: only its path and its size in pixels are used.
        second: The other.
        near: The poses to try, in this order, until one is proved: each has the distance of the
            256-bit hashes, and the pose of the second on the first.
        whole: Compare them at full size too, to find out which is the original.
    """

    first: Sample
    second: Sample
    near: tuple[tuple[int, int], ...]
    whole: bool = True


class Viewer:
    """Loads pictures on request, and keeps the last few hundred in memory."""

    def __init__(self, load: Load, read: Read | None = None) -> None:
        """Store the functions; nothing is opened yet.

        Args:
            load: Loads a picture.
            read: Reads the bytes of a file; None: facts that only the file has, such as the
                camera, are unknown.
        """
        self._load = load
        self._read = read
        self._wholes: OrderedDict[str, originals.Whole] = OrderedDict()
        self.reduced = lru_cache(_LOOKS_KEPT)(self._reduce)
        self.origin = lru_cache(_LOOKS_KEPT)(self._read_origin)

    def whole(self, sample: Sample) -> originals.Whole:
        """Return the picture at full size, and the quantisation of its file."""
        found = self._wholes.pop(sample.path, None)
        if found is None:
            pixels = np.asarray(self._load(sample.path, None).convert("RGB"))
            found = originals.Whole(pixels, self.origin(sample)[0])
        self._wholes[sample.path] = found
        while len(self._wholes) > 1 and (
            len(self._wholes) > _WHOLES_KEPT
            or sum(one.pixels.size for one in self._wholes.values()) > 3 * _WHOLE_PIXELS_KEPT
        ):
            self._wholes.popitem(last=False)
        return found

    def _read_origin(self, sample: Sample) -> tuple[NDArray[np.float64] | None, bool]:
        """Return facts about the origin from the file (:func:`~.originals.read_origin`)."""
        return originals.read_origin(self._read(sample.path)) if self._read else (None, False)

    def _reduce(self, sample: Sample) -> verification.Look:
        """Return the reduced form of a picture that is compared."""
        if max(sample.size_px) <= verification.LOAD_SIDE_PX:
            # small enough to need no shrinking: one decode serves both
            picture = Image.fromarray(self.whole(sample).pixels)
        else:
            picture = self._load(sample.path, verification.LOAD_SIDE_PX)
        return verification.look_at(picture, *sample.size_px)


def look(firsts: Viewer, seconds: Viewer, question: Question) -> Answer:
    """Compare the pixels of two pictures."""
    answer: Answer = []
    for distance, pose in question.near:
        answer.append(_prove(firsts, seconds, question, distance, pose))
        if _proves(answer[-1]):  # once proved upright, no turned pose is tried
            break
    return answer


def here(firsts: Viewer | Load, seconds: Viewer | Load | None = None) -> Ask:
    """Make a function that compares pixels in this process, one pair after the other.

    Args:
        firsts: Loads the pictures.
        seconds: Loads the second of each pair, if it is from another data set.
    """
    firsts = firsts if isinstance(firsts, Viewer) else Viewer(firsts)
    if seconds is None:
        seconds = firsts
    elif not isinstance(seconds, Viewer):
        seconds = Viewer(seconds)

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
) -> list[Proof]:
    """Find out which candidates are one picture.

    Args:
        firsts: The samples that the positions in ``found.first`` refer to.
        seconds: The samples that the positions in ``found.second`` refer to.
        found: The candidates; those of one pair are adjacent.
        ask: Compares the pixels of pairs without a known result.
        verdicts: Known results; new results are added, and those no longer needed are removed.
        progress: Called after each comparison with the number of candidates done and their total.

    Returns:
        Their proofs, with an empty kind for different pictures; a pair has at most one proof.
    """
    known = verdicts.proofs if verdicts is not None else {}
    ends = found.first.tolist(), found.second.tolist()
    samples = firsts.where(found.first), seconds.where(found.second)
    near = list(zip(found.distance256.tolist(), found.pose.tolist(), strict=True))
    whole = _nearest(found, among_themselves=firsts is seconds)
    keys: list[tuple[str, str, int, bool]] = []
    digests = (rows["sha256"].tolist() for rows in samples)
    for one, other, (_, pose), full in zip(*digests, near, whole, strict=True):
        ends_of = (one, other, pose) if one <= other else (other, one, poses.inverse(pose))
        keys.append((*ends_of, full))
    # results are cached in the order of the digests, which may differ from that of the pair
    as_asked = [key[0] == one for key, one in zip(keys, samples[0]["sha256"], strict=True)]
    proofs = [
        _in_order(known.get(key), is_same=is_same)
        for key, is_same in zip(keys, as_asked, strict=True)
    ]
    pairs = [
        list(rows)
        for _, rows in groupby(range(len(keys)), lambda row: (ends[0][row], ends[1][row]))
    ]
    asked = [rows for rows in (_unknown(rows, proofs) for rows in pairs) if rows]
    done = len(keys) - sum(map(len, asked))
    at_first = np.array([rows[0] for rows in asked], dtype=np.intp)
    questions = [
        Question(one, other, tuple(near[row] for row in rows), whole[rows[0]])
        for one, other, rows in zip(*(_ends(of, at_first) for of in samples), asked, strict=True)
    ]
    for at, answer in ask(questions):
        for row, proof in zip(asked[at], answer, strict=False):
            proofs[row] = proof
            if proof is not None:
                # store it at once, in case the audit is interrupted
                known[keys[row]] = _in_order(proof, is_same=as_asked[row]) or proof
        done += len(asked[at])
        if progress is not None:
            progress(done, len(keys))
    for rows in pairs:
        first_proof = next((at for at, row in enumerate(rows) if _proves(proofs[row])), len(rows))
        for row in rows[first_proof + 1 :]:
            proofs[row] = None
    if verdicts is not None:
        verdicts.proofs = {
            key: _in_order(proof, is_same=is_same) or proof
            for key, proof, is_same in zip(keys, proofs, as_asked, strict=True)
            if proof is not None
        }
    return [proof or verification.DIFFERENT for proof in proofs]


def _nearest(found: Candidates, *, among_themselves: bool) -> list[bool]:
    """Return which candidates are among the nearest of either end.

    Args:
        found: The candidates.
        among_themselves: Both ends are from the same data set.
    """
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    order = np.lexsort((found.second, found.first, found.distance256)).tolist()
    number: Counter[tuple[int, int]] = Counter()
    chosen: set[tuple[int, int]] = set()
    for at in order:
        ends = ((0, pairs[at][0]), (0 if among_themselves else 1, pairs[at][1]))
        if any(number[end] < _NEAREST_WHOLE for end in ends):
            chosen.add(pairs[at])
        number.update(ends)
    return [pair in chosen for pair in pairs]


def _in_order(proof: Proof | None, *, is_same: bool) -> Proof | None:
    return proof if proof is None or is_same else proof.turned()


def _proves(proof: Proof | None) -> bool:
    return proof is not None and bool(proof.kind)


def _unknown(rows: list[int], proofs: list[Proof | None]) -> list[int]:
    """Return the candidates of a pair that need a comparison; none if one is already proved."""
    proof = next((at for at, row in enumerate(rows) if _proves(proofs[row])), len(rows))
    return [row for row in rows[:proof] if proofs[row] is None]


def _ends(samples: Rows, at: NDArray[np.intp]) -> Iterator[Sample]:
    rows = samples.where(at)
    columns = (rows[name].tolist() for name in ("path", "width_px", "height_px"))
    for path, width, height in zip(*columns, strict=True):
        yield Sample(path, width_px=width, height_px=height)


def _prove(
    firsts: Viewer, seconds: Viewer, question: Question, distance: int, pose: int
) -> Proof | None:
    one, other = question.first, question.second
    try:
        if (
            pose == poses.AS_IS
            and distance <= _SAME_PIXELS_DISTANCE
            and one.size_px == other.size_px
            and np.array_equal(firsts.whole(one).pixels, seconds.whole(other).pixels)
        ):
            return Proof(IDENTICAL_PIXELS)
        proof = verification.verify(firsts.reduced(one), seconds.reduced(other), pose)
        if proof is None:
            return verification.DIFFERENT
        if question.whole and proof.kind != OTHER_COLOUR:
            cameras = firsts.origin(one)[1], seconds.origin(other)[1]
            proof = verification.with_marks(proof, originals.compare_cameras(*cameras))
            # else they do not cover one another
            if not {"cropped", "turned"} & set(proof.kind.split("+")):
                wholes = firsts.whole(one), seconds.whole(other)
                marks = originals.compare_whole(*wholes, pose)
                proof = verification.with_marks(proof, marks)
    except (OSError, ValueError):
        return None
    return proof
