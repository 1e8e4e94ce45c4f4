"""Decide from pixels whether two candidates are one picture, and how they differ.

The rule.  Two pictures are **candidates** if both perceptual hashes are near (see :func:`radii`),
or if the hashes of one are near those of the other in another pose.  A candidate is a **pair** if,
after the best affine map, gain and offset (:mod:`.alignment`), all of this holds: the greys
correlate with at least 0.93; at least 82 % of the blocks with contrast correlate with at least 0.5;
each picture covers at least 55 % of the other, scaled and sheared by no more than a third.  Either
picture may be laid over the other, and one fit is enough, so the verdict does not depend on the
order of the pair.  In small pictures faint places must agree as well
(:func:`~.alignment.local_correlation`).

Where the thresholds come from (docs/duplicates.md): of 40 pictures altered in 16 ways, copies with
a border reached a correlation of 0.97 and an agreement of 76 %, all others 0.94 and 86 %; 150 pairs
of unlike photographs, drawn from the 755 whose hashes are nearest, 0.85 and 50 % at most.  The
thresholds were then raised until the pairs of films' frames that looked wrong were gone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from catsclean.duplicates import originals, poses
from catsclean.duplicates.alignment import (
    Alignment,
    Square,
    align_both_ways,
    local_correlation,
)
from catsclean.duplicates.colours import Colours, Relation, colours_of, compare_colours
from catsclean.duplicates.pair_kinds import (
    ALIKE,
    BLURRED,
    GREYED,
    LEAST_AGREEMENT,
    LEAST_CORRELATION,
    OTHER_COLOUR,
    OVERLAID,
)

LOOK_SIDE_PX: Final = 96
LOAD_SIDE_PX: Final = 192
_LEAST_OVERLAP: Final = 0.55
_MOST_STRETCH: Final = 1.34
#: Pictures with no side longer than this show little detail, so they must agree more closely.
SMALL_SIDE_PX: Final = 64
# Least local correlation of small pictures that lie on one another unmoved, the increase for a map
# that moves them, and the maximum.  Of 8,000 unplanted candidates of 32x32 pixels, all other
# conditions accept 102; the best of these misses this one by 0.12.  Of 1,964 copies, cut, relit,
# blurred or saved as JPEGs of quality 50, 8 miss it.
_LEAST_LOCAL: Final = 0.55
_LEAST_LOCAL_MOVED: Final = 1.75
_MOST_LEAST_LOCAL: Final = 0.92

# Above these limits a difference gets a name; below, it is an effect of recompression.
_CROPPED: Final = 0.025
_TURNED_DEGREES: Final = 1.5
_RELIT_GAIN: Final = 0.08
_RELIT_LEVELS: Final = 6.0
_ALTERED_AGREEMENT: Final = 0.97
# Root mean square of the differences in the worst block, in levels.  Measured on 40 photographs:
# JPEGs of quality 40 reach 3.0, of 20 5.5; other lines of text on a page 25, overlaid texts 2 to
# 60.
_RECOMPRESSED_LEVELS: Final = 6.0
_BLOCKS: Final = 8


class Radii(NamedTuple):
    """Largest Hamming distances of candidates.

    Attributes:
        coarse: Of the 64-bit hashes.
        fine: Of the 256-bit hashes.
        turned: Of the bits that all poses share (:func:`~.poses.invariant`), for copies turned by
            quarters; less than 0: do not search for these.
    """

    coarse: int
    fine: int
    turned: int = -1


def radii(count: int) -> Radii:
    """Choose the radii by the number of pictures.

    The number of unlike pairs grows with the square of the pictures, and each costs 5 to 15 ms to
    reject.  Wide radii find more crops and borders; the narrowest ones find all other copies.
    2,000 photographs have 105 unlike pairs within 18 and 96, three within 16 and 88.  Neighbouring
    sizes differ by at most four bits, so that one more picture never loses many copies.

    Args:
        count: Number of pictures with structure.

    Returns:
        The radii; :func:`~catsclean.duplicates.hamming.pairs_within` is exact for all of them.
    """
    for most, coarse, fine, turned in (
        (1_000, 18, 96, 24),
        (3_000, 18, 92, 22),
        (10_000, 16, 88, 20),
        (25_000, 16, 86, 18),
        (50_000, 16, 84, 16),
        (75_000, 16, 82, 16),
        (110_000, 16, 80, 14),
        (150_000, 14, 78, 14),
        (200_000, 14, 76, 12),
        (250_000, 14, 72, 12),
        (1_000_000, 12, 72, -1),
        (5_000_000, 10, 72, -1),
        (100_000_000, 6, 64, -1),
    ):
        if count <= most:
            return Radii(coarse, fine, turned)
    return Radii(4, 64)


class Proof(NamedTuple):
    """The result of comparing the pixels of two pictures.

    Attributes:
        kind: How they differ, words joined by ``+``; empty for different pictures.
        correlation: Of the greys where the pictures overlap, at most 1.
        agreement: Share of the blocks with contrast that correlate, at most 1.
        first_is: Signs that the first is not the original, such as ``greyed``, joined by ``+``.
        second_is: The same for the second.
    """

    kind: str
    correlation: float = 1.0
    agreement: float = 1.0
    first_is: str = ""
    second_is: str = ""

    def turned(self) -> Proof:
        """Return the proof for the two pictures in the other order."""
        return self._replace(first_is=self.second_is, second_is=self.first_is)


#: The proof that two pictures are different.
DIFFERENT: Final = Proof("", 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Look:
    """The reduced form of a picture that is compared.

    Attributes:
        square: (96, 96) greys, the whole picture stretched to a square.
        colours: (48, 48) colours, stretched in the same way.
        width_px: Width of the file's picture.
        height_px: Height of the file's picture.
    """

    square: Square
    colours: Colours
    width_px: int
    height_px: int


def look_at(picture: Image.Image, width_px: int, height_px: int) -> Look:
    """Reduce a picture to the form that is compared.

    Args:
        picture: Any mode that converts to RGB; best with sides of 96 to 200 pixels.
        width_px: Width of the file's picture.
        height_px: Height of the file's picture.

    Returns:
        The reduced form.
    """
    side = (LOOK_SIDE_PX, LOOK_SIDE_PX)
    small = picture.convert("RGB").resize(side, Image.Resampling.BOX)
    grey = np.asarray(small.convert("L"), dtype=np.float64)
    return Look(Square(grey), colours_of(small), width_px, height_px)


def verify(first: Look, second: Look, pose: int = poses.AS_IS) -> Proof | None:
    """Decide whether two candidates are one picture; their order does not matter.

    Args:
        first: One picture.
        second: The other.
        pose: The pose of the second that matches the first (:mod:`.poses`).

    Returns:
        The proof, or None if they are different pictures.  Its kind has the words ``mirrored``,
        ``turned-90``, ``turned-180``, ``cropped``, ``turned`` (by a few degrees), ``resized``,
        ``grey``, ``relit``, ``altered`` (a watermark, a border).  If none of them applies:
        ``recompressed`` if the differences are everywhere as small as compression leaves them,
        else ``alike``.  ``other-colour`` alone: the shapes agree, but the colours do not.
    """
    # always lay the smaller over the larger one: the kind belongs to the pair, not to its order
    is_swapped = _rank(second) < _rank(first)
    if is_swapped:
        first, second, pose = second, first, poses.inverse(pose)
    second = _posed(second, pose)
    ways = align_both_ways(first.square, second.square)
    for found, below, above in zip(ways, (first, second), (second, first), strict=False):
        if _fits(found) and _tells_enough(found, below, above):
            colours = compare_colours(below.colours, above.colours, found)
            kind = _describe(found, below, above, poses.words(pose), colours)
            marks = [
                GREYED if colours is greyed else ""
                for greyed in (Relation.FIRST_GREYED, Relation.SECOND_GREYED)
            ]
            proof = Proof(kind, float(found.correlation), float(found.agreement), *marks)
            return proof if (below is first) != is_swapped else proof.turned()
    return None


def with_marks(proof: Proof, marks: originals.Marks) -> Proof:
    """Add to a proof the marks from comparing the whole pictures."""
    first, second = (
        "+".join(sorted(own | set(filter(None, known.split("+")))))
        for own, known in ((marks.first, proof.first_is), (marks.second, proof.second_is))
    )
    words = [word for word in proof.kind.split("+") if word not in (ALIKE, "recompressed")]
    for mark in (OVERLAID, BLURRED):
        if mark in marks.first | marks.second:
            words = [word for word in words if word != "altered"] + [mark]
    kind = "+".join(words) or proof.kind
    return proof._replace(kind=kind, first_is=first, second_is=second)


def _posed(look: Look, pose: int) -> Look:
    if pose == poses.AS_IS:
        return look
    sides = look.width_px, look.height_px
    width_px, height_px = sides[::-1] if pose & poses.TRANSPOSED else sides
    colours = Colours(*(poses.posed(plane, pose) for plane in look.colours))
    return Look(Square(poses.posed(look.square.grey, pose)), colours, width_px, height_px)


def _rank(look: Look) -> tuple[int, int, bytes, bytes]:
    grey, blue = look.square.grey.tobytes(), look.colours.blue.tobytes()
    return -look.width_px * look.height_px, look.width_px, grey, blue


def _describe(
    found: Alignment, first: Look, second: Look, pose: tuple[str, ...], colours: Relation
) -> str:
    if colours is Relation.OTHER:
        return OTHER_COLOUR
    words = list(pose)
    scale_y, scale_x = _scales(found)
    is_cropped = max(abs(scale_y - 1), abs(scale_x - 1), *np.abs(found.shift)) > _CROPPED
    if is_cropped:
        words.append("cropped")
    if abs(_degrees(found, first, second)) > _TURNED_DEGREES:
        words.append("turned")
    if not is_cropped and _differs_in_size(first, second):
        words.append("resized")
    if colours is not Relation.SAME:
        words.append("grey")
    if abs(found.gain - 1) > _RELIT_GAIN or abs(found.offset) > _RELIT_LEVELS:
        words.append("relit")
    if found.agreement < _ALTERED_AGREEMENT:
        words.append("altered")
    return "+".join(words) or ("recompressed" if _is_recompressed(first, second) else ALIKE)


def _is_recompressed(first: Look, second: Look) -> bool:
    """Return whether, apart from the light, the greys differ by no more than compression does."""
    one, other = first.square.whole, second.square.whole
    gain, offset = np.polyfit(one.ravel(), other.ravel(), 1)
    side = LOOK_SIDE_PX // _BLOCKS
    squares = ((gain * one + offset - other) ** 2).reshape(_BLOCKS, side, _BLOCKS, side)
    return bool(squares.mean(axis=(1, 3)).max() <= _RECOMPRESSED_LEVELS**2)


def _fits(found: Alignment) -> bool:
    scales = _scales(found)
    determinant = abs(float(np.linalg.det(found.matrix)))
    if determinant < 1e-6:
        return False
    overlap = min(found.overlap, found.overlap * determinant)
    return (
        found.correlation >= LEAST_CORRELATION
        and found.agreement >= LEAST_AGREEMENT
        and overlap >= _LEAST_OVERLAP
        and min(scales) >= 1 / _MOST_STRETCH
        and max(scales) <= _MOST_STRETCH
    )


def _tells_enough(found: Alignment, below: Look, above: Look) -> bool:
    """Require of small pictures that faint places agree too, the more so the more one was moved.

    Many pictures of 32x32 pixels show a single edge, such as a head before a wall, and any two
    edges can be laid on one another.
    """
    if all(max(one.width_px, one.height_px) > SMALL_SIDE_PX for one in (below, above)):
        return True
    moved = float(np.abs(found.matrix - np.eye(2)).max())
    least = min(_LEAST_LOCAL + _LEAST_LOCAL_MOVED * moved, _MOST_LEAST_LOCAL)
    return local_correlation(below.square, above.square, found) >= least


def _scales(found: Alignment) -> tuple[float, float]:
    lengths = np.linalg.norm(found.matrix, axis=0)
    return float(lengths[0]), float(lengths[1])


def _degrees(found: Alignment, first: Look, second: Look) -> float:
    """The turn in real proportions, because both pictures were stretched to squares."""
    to_second = np.diag([second.height_px, second.width_px]).astype(np.float64)
    from_first = np.diag([1 / first.height_px, 1 / first.width_px])
    matrix = to_second @ found.matrix @ from_first
    return math.degrees(math.atan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1]))


def _differs_in_size(first: Look, second: Look) -> bool:
    return (first.width_px, first.height_px) != (second.width_px, second.height_px)
