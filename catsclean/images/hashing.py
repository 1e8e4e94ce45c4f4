"""Perceptual hashes of a batch of pictures, bit-identical to ``imagehash.phash``.

``imagehash.phash(picture)`` shrinks a picture to 32x32 greys, takes its discrete cosine
transform, keeps the 8x8 lowest frequencies, and sets one bit for each that lies above their
median; ``hash_size=16`` does the same with 64x64 greys and 16x16 frequencies.  Here both come
from one 64x64 thumbnail, for many pictures in a few matrix products: about 0.03 ms of CPU a
picture instead of 1.0 to 1.2 for each call of imagehash.

The hash of the mirrored picture costs no second transform.  Mirroring left and right changes
nothing but the sign of the odd horizontal frequencies.  It does change their median, so that the
mirror's bits are compared with the median of the changed coefficients, and they are no mere
permutation of the picture's own bits.

Equality to the bit needs care in one place.  imagehash compares 64-bit floats with ``>``, and
two transforms round differently in the last digits.  Where the two coefficients on either side
of the median are nearer to one another than ``_SAFE_GAP``, those digits decide, as they do for
symmetric, striped and flat pictures; these rows are computed once more with the very functions
that imagehash calls.

This module is imported by the workers of the scan: nothing but numpy at import.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catsclean.images.scaling import resize

THUMBNAIL_SIDE: Final = 64

# Coefficients reach 4 * 64 * 64 * 255 = 4.2e6, so that float64 is good to about 1e-8 after the
# sums; the middle two coefficients of real pictures are 1 to 100 apart.
_SAFE_GAP: Final = 1e-5
# Pictures per matrix product: what one needs stays in the processor's cache.
_BLOCK: Final = 32
# Pillow's fixed point: 32 bits, of which 8 are the pixel's and 2 are head room.
_PILLOW_PRECISION_BITS: Final = 22


class Hashes(NamedTuple):
    """The four hashes of N pictures; the first bit is the most significant one.

    Attributes:
        phash64: (N,) uint64, equal to ``int(str(imagehash.phash(picture)), 16)``.
        mirror64: (N,) uint64, the same of the picture mirrored left and right.
        phash256: (N, 4) uint64, most significant word first, of
            ``imagehash.phash(picture, hash_size=16)``.
        mirror256: (N, 4) uint64, the same of the mirrored picture.
    """

    phash64: NDArray[np.uint64]
    mirror64: NDArray[np.uint64]
    phash256: NDArray[np.uint64]
    mirror256: NDArray[np.uint64]


def thumbnail(grey: Image.Image) -> NDArray[np.uint8]:
    """Return the 64x64 greys from which the hashes are made.

    A box filter, because it is the cheapest and because the reduced decode of a JPEG is a box
    filter as well; docs/duplicates.md has its recall beside LANCZOS and BILINEAR.

    Args:
        grey: A picture of mode ``L`` and any size; best with a short side of 64 pixels or more.

    Returns:
        Array (64, 64) of uint8.
    """
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    small = resize(grey, side, Image.Resampling.BOX).tobytes()
    return np.frombuffer(small, np.uint8).reshape(side)


def hash_batch(thumbnails: NDArray[np.uint8]) -> Hashes:
    """Hash many thumbnails at once.

    Args:
        thumbnails: (N, 64, 64) uint8 from :func:`thumbnail`; N may be 0.

    Returns:
        The hashes, row by row equal to those of ``imagehash.phash`` for the 64x64 picture.

    Raises:
        ValueError: The array has another shape or type.
    """
    if thumbnails.ndim != 3 or thumbnails.shape[1:] != (64, 64) or thumbnails.dtype != np.uint8:
        msg = (
            "thumbnails must be an array (N, 64, 64) of uint8; "
            f"received shape {thumbnails.shape} of {thumbnails.dtype}"
        )
        raise ValueError(msg)
    blocks = [
        _hash_block(thumbnails[start : start + _BLOCK])
        for start in range(0, max(len(thumbnails), 1), _BLOCK)
    ]
    return Hashes(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def to_hex(hashes: NDArray[np.uint64]) -> list[str]:
    """Write hashes as ``str(imagehash.phash(...))`` does.

    Args:
        hashes: (N,) or (N, W) uint64, most significant word first.

    Returns:
        N strings of 16 * W lower-case hex digits.
    """
    words = hashes[:, None] if hashes.ndim == 1 else hashes
    digits = words.astype(">u8").tobytes().hex()
    width = 16 * words.shape[1]
    return [digits[start : start + width] for start in range(0, len(digits), width)]


def _hash_block(thumbnails: NDArray[np.uint8]) -> Hashes:
    count = len(thumbnails)
    # columns first, for both hashes in one product: many small ones cost twice as much
    halves = thumbnails.reshape(-1, 64).astype(np.float64) @ _column_products()
    halves = halves.reshape(count, 64, 48)
    across = _round_like_pillow(np.ascontiguousarray(halves[:, :, :32]))
    small = _round_like_pillow(_lanczos_rows(64, 32) @ across)
    large_coefficients = _cosine_rows(64, 16) @ halves[:, :, 32:]
    small_rows = (small.reshape(-1, 32) @ _cosine_rows(32, 8).T).reshape(count, 32, 8)
    small_coefficients = _cosine_rows(32, 8) @ small_rows
    columns = []
    pixels: NDArray[Any]
    for coefficients, pixels, keep in (
        (small_coefficients, small, 8),
        (large_coefficients, thumbnails, 16),
    ):
        for mirrored in (False, True):
            if mirrored:
                coefficients[:, :, 1::2] *= -1.0
            bits, unsure = _above_median(coefficients)
            for row in np.flatnonzero(unsure):
                greys = pixels[row, :, ::-1] if mirrored else pixels[row]
                bits[row] = _exact_bits(greys, keep)
            packed = np.packbits(bits, axis=1).tobytes()
            words = np.frombuffer(packed, dtype=">u8").astype(np.uint64)
            columns.append(words.reshape(len(bits), keep * keep // 64))
    phash64, mirror64, phash256, mirror256 = columns
    return Hashes(phash64[:, 0], mirror64[:, 0], phash256, mirror256)


def _above_median(
    coefficients: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Bits (N, k*k) and, for each row, whether rounding may have decided one of them."""
    flat = coefficients.reshape(len(coefficients), coefficients.shape[1] ** 2)
    ordered = np.sort(flat, axis=1)
    middle = flat.shape[1] // 2
    below, above = ordered[:, middle - 1], ordered[:, middle]
    return flat > ((below + above) / 2)[:, None], above - below < _SAFE_GAP


def _exact_bits(greys: NDArray[Any], keep: int) -> NDArray[np.bool_]:
    """What imagehash computes, operation by operation, for one picture."""
    if (greys == greys[0, 0]).all():  # a flat picture is common, and scipy slow to import
        bits = np.zeros(keep * keep, dtype=np.bool_)
        bits[0] = greys[0, 0] > 0
        return bits
    from scipy.fftpack import dct

    low = dct(dct(greys.astype(np.uint8), axis=0), axis=1)[:keep, :keep]
    exact: NDArray[np.bool_] = (low > np.median(low)).ravel()
    return exact


def _round_like_pillow(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round, in place, to the whole greys that Pillow keeps after each of its two passes.

    Pillow multiplies with whole numbers of 22 fractional bits.  The products need less than 53
    bits, so that float64 sums are exact in any order, and a matrix product does what Pillow's
    loops do in a third of the time.
    """
    sums += 0.5
    np.floor(sums, out=sums)
    return np.clip(sums, 0.0, 255.0, out=sums)


@cache
def _column_products() -> NDArray[np.float64]:
    """What a row of 64 greys is multiplied with: (64, 32) to shrink it, (64, 16) to transform."""
    return np.concatenate([_lanczos_rows(64, 32), _cosine_rows(64, 16)]).T


@cache
def _lanczos_rows(old: int, new: int) -> NDArray[np.float64]:
    """Pillow's Lanczos coefficients (new, old): whole multiples of 2**-22."""
    scale = old / new
    support = 3 * scale
    rows = np.zeros((new, old))
    for row in range(new):
        centre = (row + 0.5) * scale
        first = max(int(centre - support + 0.5), 0)
        last = min(int(centre + support + 0.5), old)
        offsets = (np.arange(first, last) - centre + 0.5) / scale
        weights = np.where(np.abs(offsets) < 3, np.sinc(offsets) * np.sinc(offsets / 3), 0.0)
        rows[row, first:last] = weights / weights.sum()
    fixed = rows * 2.0**_PILLOW_PRECISION_BITS
    return np.trunc(fixed + np.copysign(0.5, fixed)) * 2.0**-_PILLOW_PRECISION_BITS


@cache
def _cosine_rows(size: int, keep: int) -> NDArray[np.float64]:
    """The first ``keep`` rows (keep, size) of scipy's cosine transform of type 2."""
    frequency = np.arange(keep)[:, None]
    position = 2 * np.arange(size)[None, :] + 1
    return 2.0 * np.cos(np.pi * frequency * position / (2 * size))
