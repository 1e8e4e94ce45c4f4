"""The eight poses of a copy: as it is, mirrored, turned by quarters, or both.

A mirror or a turn by quarters only transposes the cosine transform and changes the sign of its odd
frequencies.  So the hash of the turned picture follows from the hash: its bits change places, and
those with a changed sign are negated.  The transposition is exact.  If signs change, the median
that the coefficients are compared with changes too, and the few bits between the medians differ: 3
of 64 and 6 of 256 on average, 10 and 20 in one picture of a hundred (docs/duplicates.md).  Altered
copies differ in many more bits.

Searching in all eight poses would be eight times the work.  One search is enough, over a hash of 63
bits that all eight poses share (:func:`invariant`).  Only for the pairs that it finds are the
distances in each pose measured (:func:`measure_turned`).

This module knows no pictures and opens no files: it works on arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# A pose is a sum of flags: first transpose (or not), then flip upside down, then mirror left-right.
AS_IS: Final = 0
MIRRORED: Final = 1
FLIPPED: Final = 2
TRANSPOSED: Final = 4
COUNT: Final = 8
# The quarter turns 5 and 6 undo each other; every other pose undoes itself.
INVERSES: Final = np.array([0, 1, 2, 3, 4, 6, 5, 7], dtype=np.uint8)
_WORDS: Final = (
    (),
    ("mirrored",),
    ("mirrored", "turned-180"),
    ("turned-180",),
    ("mirrored", "turned-90"),
    ("turned-90",),
    ("turned-90",),
    ("mirrored", "turned-90"),
)
_TURNED: Final = (2, 3, 4, 5, 6, 7)
# moving bits takes one byte for each: 2 MB a block
_HASHES_PER_BLOCK: Final = 1 << 13


class Distances(NamedTuple):
    """Distances of the members of P pairs, in the nearest of some poses.

    Attributes:
        coarse: (P,) distance of the 64-bit hashes, in that pose.
        fine: (P,) distance of the 256-bit hashes, in that pose.
        pose: (P,) pose of the second picture that matches the first.
        near: (P,) both distances are within the radii.
    """

    coarse: NDArray[np.uint16]
    fine: NDArray[np.uint16]
    pose: NDArray[np.uint8]
    near: NDArray[np.bool_]


def inverse(pose: int) -> int:
    """Return the pose that undoes this one: that of the first picture on the second."""
    return int(INVERSES[pose])


def words(pose: int) -> tuple[str, ...]:
    """Return the words for a copy in this pose; they hold for either picture as the copy."""
    return _WORDS[pose]


def posed(pixels: NDArray[np.generic], pose: int) -> NDArray[Any]:
    """Bring a picture (height, width, ...) into a pose."""
    turned = pixels.swapaxes(0, 1) if pose & TRANSPOSED else pixels
    return turned[:: -1 if pose & FLIPPED else 1, :: -1 if pose & MIRRORED else 1]


def with_transposes(
    phash64: NDArray[np.uint64], phash256: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Append the hashes of the transposed pictures, for :func:`measure_turned`.

    Args:
        phash64: (N,) hashes.
        phash256: (N, 4) hashes.

    Returns:
        (N, 10) words: both hashes, and both of the transposed picture.
    """
    return np.hstack([with_coarse_transposes(phash64, phash256), _transposed(phash256)])


def with_coarse_transposes(
    phash64: NDArray[np.uint64], phash256: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Append the 64-bit hashes of the transposed pictures, for :func:`turned_near`.

    Args:
        phash64: (N,) hashes.
        phash256: (N, 4) hashes.

    Returns:
        (N, 6) words: both hashes, and the 64-bit one of the transposed picture.
    """
    return np.hstack([phash64[:, None], phash256, _transposed(phash64[:, None])])


def measure_turned(
    first: NDArray[np.uint64], second: NDArray[np.uint64], coarse: int, fine: int
) -> Distances:
    """Find, among the six turned poses, the one in which the members of each pair are nearest.

    Args:
        first: (10, P) words of :func:`with_transposes`.
        second: (10, P) words.
        coarse: Largest distance of the 64-bit hashes.
        fine: Largest distance of the 256-bit hashes.

    Returns:
        Distances and poses.  If no pose is within both radii, those of the nearest.
    """
    best = np.full(first.shape[1], np.iinfo(np.int64).max)
    for pose in _TURNED:
        # words 0 to 4 are the hashes, 5 to 9 those of the transposed picture
        other = second[5:] if pose & TRANSPOSED else second[:5]
        signs = _NEGATED[pose % TRANSPOSED]
        bits = [
            np.bitwise_count(mine ^ yours ^ sign)
            for mine, yours, sign in zip(first, other, signs, strict=False)
        ]
        apart64 = bits[0].astype(np.int64)
        apart256 = np.sum(bits[1:], axis=0, dtype=np.int64)
        far = (apart64 > coarse) | (apart256 > fine)
        # One integer ranks a pose by (far, apart256, apart64, pose), so a single minimum keeps the
        # best one: first a pose within both radii, then the smaller distances.  The digits fit,
        # because distances are at most 256; they are taken apart again below.
        np.minimum(best, ((far * 1000 + apart256) * 1000 + apart64) * COUNT + pose, out=best)
    rest, pose_of = np.divmod(best, COUNT)
    rest, apart64 = np.divmod(rest, 1000)
    far_of, apart256 = np.divmod(rest, 1000)
    return Distances(
        apart64.astype(np.uint16), apart256.astype(np.uint16), pose_of.astype(np.uint8), far_of == 0
    )


def turned_near(
    first: NDArray[np.uint64], second: NDArray[np.uint64], coarse: int, fine: int
) -> NDArray[np.bool_]:
    """Return which pairs :func:`measure_turned` finds near; the coarse hash rejects most early.

    Args:
        first: (6, P) words of :func:`with_coarse_transposes`.
        second: (6, P) words.
        coarse: Largest distance of the 64-bit hashes.
        fine: Largest distance of the 256-bit hashes.
    """
    near = np.zeros(first.shape[1], dtype=np.bool_)
    for pose in _TURNED:
        other = second[5 if pose & TRANSPOSED else 0]
        near |= np.bitwise_count(first[0] ^ other ^ _NEGATED[pose % TRANSPOSED, 0]) <= coarse
    # few pairs are left: only for these transpose the 256-bit hashes and measure in full
    one, other = (with_transposes(end[0, near], end[1:5, near].T).T for end in (first, second))
    near[near] = measure_turned(one, other, coarse, fine).near
    return near


def invariant(phash256: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the 63 bits that are equal in all eight poses, apart from bits near the median.

    Frequencies (u, v) that are both even keep their sign in every pose.  If both are odd, every
    pose that changes the sign of (u, v) changes that of (v, u) as well.  A transposition swaps
    these two.  So all poses share whether the bits of (u, v) and (v, u) are equal: 28 bits from
    even frequencies, 28 from odd ones, and 7 even bits without a partner (u = v).  Each is set in
    half of the pictures, and one bit of the hash changes at most one of them.  Therefore the
    distance of two invariants is at most that of the hashes in the nearest pose.

    Args:
        phash256: (N, 4) hashes.

    Returns:
        (N,) uint64.
    """
    return np.concatenate([_invariant(phash256[rows]) for rows in _blocks(len(phash256))])


def _invariant(phash256: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = _to_bits(phash256)
    # (N, 8, 8) bits of the frequencies that are both even, and of those that are both odd
    even, odd = bits[:, ::2, ::2], bits[:, 1::2, 1::2]
    # each (u, v) with u < v; its partner is (v, u)
    above, right = np.triu_indices(8, 1)
    own = np.arange(1, 8)
    shared = np.zeros((len(bits), 64), dtype=np.bool_)
    shared[:, :28] = even[:, above, right] ^ even[:, right, above]
    shared[:, 28:56] = odd[:, above, right] ^ odd[:, right, above]
    shared[:, 56:63] = even[:, own, own]
    return _from_bits(shared)[:, 0]


def _transposed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the (N, W) hashes of the transposed pictures."""
    words = np.empty_like(hashes)
    for rows in _blocks(len(hashes)):
        words[rows] = _from_bits(_to_bits(hashes[rows]).transpose(0, 2, 1))
    return words


def _blocks(count: int) -> Iterator[slice]:
    """Yield slices of rows; a single empty one if there are no rows."""
    for start in range(0, max(count, 1), _HASHES_PER_BLOCK):
        yield slice(start, start + _HASHES_PER_BLOCK)


def _to_bits(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Unpack (N, k * k / 64) words into (N, k, k) bits, one for each frequency."""
    count, width = hashes.shape
    side = 8 if width == 1 else 16
    octets = hashes.astype(">u8").view(np.uint8).reshape(count, 8 * width)
    return np.unpackbits(octets, axis=1).astype(np.bool_).reshape(count, side, side)


def _from_bits(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    packed = np.packbits(bits.reshape(len(bits), math.prod(bits.shape[1:])), axis=1)
    return packed.view(">u8").astype(np.uint64).reshape(len(bits), packed.shape[1] // 8)


def _negated() -> NDArray[np.uint64]:
    """Return (4, 5) masks of both hashes: the bits whose coefficients change sign in each pose."""
    masks = np.zeros((4, 5), dtype=np.uint64)
    for pose in range(4):
        for side, columns in ((8, slice(0, 1)), (16, slice(1, 5))):
            negated = np.zeros((1, side, side), dtype=np.bool_)
            # a mirror negates the odd frequencies along rows, a flip those along columns
            negated[:, :, 1::2] ^= bool(pose & MIRRORED)
            negated[:, 1::2, :] ^= bool(pose & FLIPPED)
            masks[pose, columns] = _from_bits(negated)[0]
    return masks


_NEGATED: Final = _negated()
