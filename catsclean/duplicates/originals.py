"""Find out which picture of a proved pair was made from the other.

An altered copy is often the larger file, because it was saved again at a high quality.  So bytes
and pixels prove little.  Signs in the pictures do: colour that one of them lost, a text laid over,
clipped light, detail that an enlarged picture lacks, and traces of an earlier JPEG.
"""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from catsclean.duplicates import poses
from catsclean.duplicates.pair_kinds import (
    BLURRED,
    ENLARGED,
    NO_CAMERA,
    OVERLAID,
    RELIT,
    SAVED_AGAIN,
)
from catsclean.images import warning_log

Levels = NDArray[np.float32]


# Limits for large pictures: all of it is compared at a smaller size, and details in a part.
_MOST_SIDE_PX: Final = 512
_MOST_DETAIL_PX: Final = 256
_LEAST_SIDE_PX: Final = 32
_FIRST_ROWS: Final = 16
_AROUND_PX: Final = 8
_JPEG_BLOCK_PX: Final = 8
_MIDDLE: Final = 128.0
_CAMERA_TAGS: Final = (0x010F, 0x0110)  # make and model
_MOST_STRETCH: Final = 0.03

# An overlay: blocks that differ far more than the rest of the picture, and not most of the blocks.
_OVERLAY_BLOCK_PX: Final = 16
_OVERLAY_TIMES: Final = 3.0
_OVERLAY_LEVELS: Final = 6.0
_MOST_OVERLAID: Final = 0.5
_OVERLAY_EDGES: Final = 1.1
_SHARPER: Final = 1.15

_RELIT_GAIN: Final = 0.06
_RELIT_LEVELS: Final = 5.0
# 70 PetImages in 20 other lights (Pillow, quality 75 and 95), 3,057 pairs: 556 copies are found to
# be altered, and 2 originals, all of one picture that has no white.  Without blocks and with the
# spread of all levels in them it was 1,013 and 44.
_CUT_OFF: Final = 0.003
_LEVELS_LEFT: Final = 1.5
_MOSTLY: Final = 0.5
_ONE_LEVEL: Final = 1.0
_NOT_WHITE: Final = 245.0
_DARKEST: Final = 3.0
_BRIGHTEST: Final = 252.0

# Mean distance of DCT coefficients from the multiples of a JPEG's steps: 0.25 if they are
# unrelated.
_OFF_STEPS: Final = 0.25
_ON_STEPS: Final = 0.22
_STEPS_APART: Final = 0.02
_LEAST_STEP: Final = 2
# start in the middle between two multiples, so that falling counts do not look like nearness
_LEAST_MULTIPLE: Final = 0.5
_LEAST_COEFFICIENTS: Final = 200

_BLURRED_DETAIL: Final = 0.6
# Difference between an enlarged picture and the smaller one, enlarged as well, relative to the
# detail of the smaller one.  40 PetImages enlarged in four ways: 0.05 to 0.4; 40 larger originals:
# 0.4 at 1.25 times the size, 0.45 at 1.5, 0.5 and more beyond.
_ENLARGED_DETAIL: Final = 0.42
_ENLARGED_LITTLE: Final = 1.4
_ENLARGED_LITTLE_DETAIL: Final = 0.33


@dataclass(frozen=True, eq=False)
class Whole:
    """A picture at full size as in its file, and cached results of comparing it.

    Attributes:
        pixels: (height, width, 3) RGB.
        steps: (8, 8) quantisation of the luma, rows of rising vertical frequency; None if the file
            is not a JPEG.
    """

    pixels: NDArray[np.uint8]
    steps: NDArray[np.float64] | None = None

    @property
    def is_small(self) -> bool:
        """Whether it is compared at its own size; a larger one is shrunk first."""
        height, width = self.pixels.shape[:2]
        return bool(max(height, width) <= _MOST_SIDE_PX)

    @cached_property
    def luma(self) -> Levels:
        """(height, width) luma."""
        return _luma(self.pixels)

    @cached_property
    def detail(self) -> float:
        """Detail of the luma."""
        return _detail(self.luma)


class Marks(NamedTuple):
    """Signs that a picture of a pair is not the original.

    Attributes:
        first: Signs in the first picture, such as ``overlaid``.
        second: Signs in the second picture.
    """

    first: frozenset[str]
    second: frozenset[str]


def read_origin(data: bytes) -> tuple[NDArray[np.float64] | None, bool]:
    """Read the quantisation of a JPEG from the bytes of a file, and whether Exif names a camera.

    Returns:
        (8, 8) steps of the luma, None if it is not a JPEG; and whether a camera is named.
    """
    try:
        with (
            warning_log.collecting(),  # a finding of the audit has them already
            Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "TIFF")) as picture,
        ):
            tables = getattr(picture, "quantization", None)
            exif = picture.getexif()
            camera = any(str(exif.get(tag, "")).strip(" \0") for tag in _CAMERA_TAGS)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError):
        return None, False
    if not tables or len(tables.get(0, ())) != _JPEG_BLOCK_PX**2:
        return None, camera
    return np.array(tables[0], np.float64).reshape(_JPEG_BLOCK_PX, _JPEG_BLOCK_PX), camera


def compare_whole(first: Whole, second: Whole, pose: int) -> Marks:
    """Look for the signs that one picture was made from the other.

    Args:
        first: One picture.
        second: Another one, proved to show the same; neither was cropped or turned by a few
            degrees.
        pose: The pose of the second that matches the first (:mod:`.poses`).
    """
    found: tuple[set[str], set[str]] = (set(), set())
    turned = poses.posed(second.pixels, pose)
    if min(*first.pixels.shape[:2], *turned.shape[:2]) < _LEAST_SIDE_PX:
        pass
    elif first.pixels.shape == turned.shape:
        _compare_equal(first, second, pose, found)
    elif _is_stretched_evenly(first.pixels, turned):
        if turned.size > first.pixels.size:
            larger, is_enlarged = 1, _is_enlarged(turned, first)
        else:
            little = second if pose == poses.AS_IS else Whole(turned)
            larger, is_enlarged = 0, _is_enlarged(first.pixels, little)
        if is_enlarged:
            found[larger].add(ENLARGED)
    return Marks(frozenset(found[0]), frozenset(found[1]))


def compare_cameras(first: bool, second: bool) -> Marks:  # noqa: FBT001 - one of each picture
    """Mark a picture whose file names no camera although the other's does."""
    lacking = frozenset({NO_CAMERA})
    none: frozenset[str] = frozenset()
    return Marks(
        lacking if second and not first else none, lacking if first and not second else none
    )


def _luma(pixels: NDArray[np.uint8]) -> Levels:
    made: Levels = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return made


def _is_stretched_evenly(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    down, across = (a / b for a, b in zip(one.shape[:2], other.shape[:2], strict=True))
    return bool(abs(down / across - 1) <= _MOST_STRETCH)


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink a large picture by a whole number, so that comparing it costs little."""
    height, width = pixels.shape[:2]
    factor = -(-max(height, width) // _MOST_SIDE_PX)
    whole = np.ascontiguousarray(pixels[: height // factor * factor, : width // factor * factor])
    return np.asarray(Image.fromarray(whole).reduce(factor))


def _compare_equal(
    first: Whole, second: Whole, pose: int, found: tuple[set[str], set[str]]
) -> None:
    turned = poses.posed(second.pixels, pose)
    if first.is_small:
        pair = first.pixels, turned
        one, other = first.luma, np.ascontiguousarray(poses.posed(second.luma, pose))
    else:
        pair = _reduced(first.pixels), _reduced(turned)
        one, other = _luma(pair[0]), _luma(pair[1])
    gain, offset = _light(one, other)
    brighter = float(other.mean() - one.mean())
    expected = _toned_alike(one, other)
    is_relit = abs(gain - 1) > _RELIT_GAIN or abs(brighter) > _RELIT_LEVELS
    if is_relit:  # clipping in a single colour changes the light
        cut = _is_cut_off(pair[0]) | _is_cut_off(pair[1])
        expected = np.where(cut, other, expected)
    _find_overlay(expected, other, found)
    if is_relit and OVERLAID in found[0] | found[1]:
        # where a curve is steep it also lifts noise: a text differs in either light
        again: tuple[set[str], set[str]] = (set(), set())
        _find_overlay(one, np.where(cut, one, _toned_alike(other, one)), again)
        for at in (0, 1):
            found[at].intersection_update(again[at])
    if OVERLAID not in found[0] | found[1]:
        detail = _detail(expected), second.detail if first.is_small else _detail(other)
        for at in (0, 1):
            if detail[at] < _BLURRED_DETAIL * detail[1 - at]:
                found[at].add(BLURRED)
    if is_relit and BLURRED not in found[0] | found[1]:
        bright = int(brighter > 0)
        _find_cut_off((one, other)[bright], (other, one)[bright], bright, found)
    if first.steps is None and second.steps is None:
        return
    # each in the frame of the other, because JPEG blocks start at its corner
    there, back = _corner(second, pose), _corner(first, poses.inverse(pose))
    traces = [
        _share_off_steps((there - offset) / max(gain, 0.1), there, first.steps, second.steps),
        _share_off_steps(gain * back + offset, back, second.steps, first.steps),
    ]
    for at in (0, 1):
        if traces[at] < _ON_STEPS and traces[at] < traces[1 - at] - _STEPS_APART:
            found[1 - at].add(SAVED_AGAIN)


def _corner(whole: Whole, pose: int) -> Levels:
    corner = np.s_[:_MOST_DETAIL_PX, :_MOST_DETAIL_PX]
    if whole.is_small:
        made: Levels = poses.posed(whole.luma, pose)[corner]
        return made
    return _luma(poses.posed(whole.pixels, pose)[corner])


def _is_cut_off(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the pixels in which a colour is clipped to black or white."""
    red, green, blue = (pixels[:, :, colour] for colour in range(3))
    least = np.minimum(np.minimum(red, green), blue)
    most = np.maximum(np.maximum(red, green), blue)
    cut: NDArray[np.bool_] = (least <= _DARKEST) | (most >= _BRIGHTEST)
    return cut


def _find_cut_off(bright: Levels, dark: Levels, at: int, found: tuple[set[str], set[str]]) -> None:
    """Find which of two pictures in different light was made brighter or darker, if that shows.

    Light that is clipped in one picture is gone there, and the other one still has it.  A curve
    that lifts shadows looks alike: it spreads the few levels of a dark original.  But then each of
    those levels leads to one level of the brighter picture.  Only whole blocks count, and their
    means, because a JPEG varies within blocks, and at edges more, in any case.
    """
    bright, dark = _in_blocks(bright), _in_blocks(dark)
    white = (bright >= _BRIGHTEST).all(axis=1)
    black = (dark <= _DARKEST).all(axis=1)
    if white.mean() > _CUT_OFF:
        if _is_gone(bright[white], dark[white]):
            found[at].add(RELIT)
        elif dark[white].std() < _ONE_LEVEL and float(dark[white].mean()) < _NOT_WHITE:
            found[1 - at].add(RELIT)
    elif black.mean() > _CUT_OFF and _is_gone(dark[black], bright[black]):
        found[1 - at].add(RELIT)


def _is_gone(clipped: Levels, others: Levels) -> bool:
    """Return whether blocks of a picture vary where the clipped ones of another have one level."""
    levels = clipped.mean(axis=1).round().astype(np.intp)
    means = others.mean(axis=1)
    of_level = np.bincount(levels, weights=means) / np.maximum(np.bincount(levels), 1)
    rest = float((means - of_level[levels]).std())
    return rest > _LEVELS_LEFT and rest > _MOSTLY * float(means.std())


def _toned_alike(one: Levels, other: Levels) -> Levels:
    """Give a picture the light of another: map each of its levels to the other's mean there."""
    levels = one.round().astype(np.uint8)
    number = np.bincount(levels.ravel(), minlength=256)
    total = np.bincount(levels.ravel(), weights=other.ravel(), minlength=256)
    known = np.flatnonzero(number)
    curve = np.interp(np.arange(256), known, total[known] / number[known])
    smooth = np.convolve(np.pad(curve, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    made: Levels = smooth.astype(np.float32)[levels]
    return made


def _light(one: Levels, other: Levels) -> tuple[float, float]:
    """Fit the light of the second picture to that of the first, without clipped places."""
    inside = (np.minimum(one, other) > _DARKEST) & (np.maximum(one, other) < _BRIGHTEST)
    number = np.count_nonzero(inside)
    if number < _LEAST_SIDE_PX:
        return 1.0, 0.0
    # subtract the mean first, so that the squares lose no digits
    x, y = (
        np.multiply(p.ravel() - _MIDDLE, inside.ravel(), dtype=np.float64) for p in (one, other)
    )
    mean_x, mean_y = float(x.sum()) / number, float(y.sum()) / number
    spread = float(x @ x) - number * mean_x**2
    if spread < number:  # a spread of less than one level
        return 1.0, 0.0
    gain = (float(x @ y) - number * mean_x * mean_y) / spread
    return gain, mean_y + _MIDDLE - gain * (mean_x + _MIDDLE)


def _find_overlay(one: Levels, other: Levels, found: tuple[set[str], set[str]]) -> None:
    """Find a text or logo in one of two pictures of the same light."""
    errors = np.sqrt(_block_means(np.square(other - one)))
    usual = float(np.median(errors))
    changed = errors > max(_OVERLAY_TIMES * usual, usual + _OVERLAY_LEVELS)
    if not changed.any() or changed.mean() > _MOST_OVERLAID:
        return
    edges = [_block_means(_edges(p)) for p in (one, other)]
    elsewhere = [float(e[~changed].mean()) for e in edges]
    if max(elsewhere) > _SHARPER * min(elsewhere):
        return  # one of them is sharper: the places that differ are edges
    for at in (0, 1):
        if edges[at][changed].mean() > _OVERLAY_EDGES * edges[1 - at][changed].mean():
            found[at].add(OVERLAID)


def _edges(picture: Levels) -> Levels:
    down, across = np.gradient(picture)
    made: Levels = np.sqrt(down * down + across * across)
    return made


def _block_means(picture: Levels) -> Levels:
    """Return the means of blocks of 16x16 pixels."""
    side = _OVERLAY_BLOCK_PX
    rows, columns = (length // side for length in picture.shape)
    cut = picture[: rows * side, : columns * side].reshape(rows, side, -1)
    # sum vertically first: whole rows are added fast
    made: Levels = cut.sum(axis=1).reshape(rows, columns, side).sum(axis=2) / side**2
    return made


def _detail(picture: Levels) -> float:
    """Measure the loss (root mean square) of shrinking a picture to half and enlarging it again."""
    height, width = (length // 2 * 2 for length in picture.shape)
    # split even and odd columns, so that all further steps run along rows
    parts = [np.ascontiguousarray(picture[:height, start:width:2]) for start in (0, 1)]
    half = (parts[0][::2] + parts[0][1::2] + parts[1][::2] + parts[1][1::2]) * np.float32(0.25)
    total = 0.0
    for part, step_across in zip(parts, (-1, 1), strict=True):
        wide = _towards(half.T, step_across).T
        for start, step_down in ((0, -1), (1, 1)):
            lost = (part[start::2] - _towards(wide, step_down)).ravel()
            total += float(lost @ lost)
    return float(np.sqrt(total / (height * width)))


def _towards(picture: Levels, step: int) -> Levels:
    """Shift a picture a quarter of a row up or down, as enlarging it twice does."""
    moved = picture * np.float32(0.75)
    quarter = picture * np.float32(0.25)
    inner, edge = (np.s_[1:], np.s_[:1]) if step < 0 else (np.s_[:-1], np.s_[-1:])
    moved[inner] += quarter[:-1] if step < 0 else quarter[1:]
    moved[edge] += quarter[edge]
    return moved


def _is_enlarged(large: NDArray[np.uint8], little: Whole) -> bool:
    """Return whether the larger picture shows no finer detail than the smaller one."""
    # the middle of both pictures; in the smaller one with fractions of a pixel
    height, width = (min(length, _MOST_SIDE_PX) for length in large.shape[:2])
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    down, across = (a / b for a, b in zip(little.pixels.shape, large.shape[:2], strict=False))
    low, high = top * down, (top + height) * down
    start, stop = left * across, (left + width) * across
    big = _luma(large[top : top + height, left : left + width])
    factor = 1 / float(np.sqrt(down * across))
    most = _ENLARGED_DETAIL if factor >= _ENLARGED_LITTLE else _ENLARGED_LITTLE_DETAIL
    above = before = 0
    if big.shape == large.shape[:2] and little.is_small:
        small, detail = little.luma, little.detail
    else:
        detail = _detail(_luma(little.pixels[int(low) : int(high), int(start) : int(stop)]))
        # a few more pixels on each side, which the resampling filter needs
        above, before = max(int(low) - _AROUND_PX, 0), max(int(start) - _AROUND_PX, 0)
        around = np.s_[above : int(high) + _AROUND_PX, before : int(stop) + _AROUND_PX]
        small = _luma(little.pixels[around])
        low, start, stop = low - above, start - before, stop - before
    limit = (most * detail) ** 2 * big.size
    whole = Image.fromarray(small)
    stop = min(stop, whole.width)  # rounding may exceed it
    for way in (Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.BILINEAR):
        apart = 0.0
        for first, last in _parts(height):
            box = (start, low + first * down, stop, min(low + last * down, whole.height))
            made = np.asarray(whole.resize((width, last - first), way, box=box))
            lost = (made - big[first:last]).ravel()
            apart += float(lost @ lost)
            if apart >= limit:
                break
        else:
            return True
    # the nearest pixel depends on where the whole picture starts
    rows = _nearest(little.pixels.shape[0], large.shape[0])[top : top + height] - above
    columns = _nearest(little.pixels.shape[1], large.shape[1])[left : left + width] - before
    lost = (small[np.ix_(rows, columns)] - big).ravel()
    return float(lost @ lost) < limit


def _nearest(length: int, larger: int) -> NDArray[np.intp]:
    """Return for each pixel of an enlarged row the source pixel that Pillow uses."""
    from PIL import Image

    places = Image.fromarray(np.arange(length, dtype=np.float32)[None])
    row = places.resize((larger, 1), Image.Resampling.NEAREST)
    found: NDArray[np.intp] = np.asarray(row)[0].astype(np.intp)
    return found


def _parts(height: int) -> list[tuple[int, int]]:
    """Cut rows into parts, small ones from the middle first: usually these suffice."""
    cuts = [height // 2]
    while cuts[-1] < height:
        cuts.append(min(cuts[-1] + _FIRST_ROWS * 2 ** (len(cuts) - 1), height))
    return [*itertools.pairwise(cuts), (0, cuts[0])]


def _share_off_steps(
    picture: Levels,
    seen: Levels,
    steps: NDArray[np.float64] | None,
    own: NDArray[np.float64] | None,
) -> float:
    """Measure how far a picture lies from the steps of a JPEG; a copy of that JPEG lies near.

    Args:
        picture: Luma in the frame of the JPEG, with the light of the JPEG.
        seen: The same with its own light; blocks that are clipped in it are left out.
        steps: The JPEG's quantisation; None: unknown.
        own: Quantisation of the picture's own file.  If its steps are as large, they hide the
            others.

    Returns:
        Mean distance of the coefficients from the nearest multiple of their step, in steps: 0 to
        0.5; 0.25 if they are unrelated or nothing is known.
    """
    if steps is None:
        return _OFF_STEPS
    visible = (steps >= _LEAST_STEP) & (steps > (0 if own is None else own))
    # the mean of a block proves little: any change of light alters it
    visible[0, 0] = False
    if not visible.any():
        return _OFF_STEPS
    whole = _in_blocks(seen)
    clear = (whole.min(axis=1) > _DARKEST) & (whole.max(axis=1) < _BRIGHTEST)
    blocks = _in_blocks(picture)[clear] - _MIDDLE
    multiples = np.abs(blocks @ (_cosines()[visible.ravel()] / steps[visible][:, None]).T)
    telling = multiples[multiples > _LEAST_MULTIPLE]
    if len(telling) < _LEAST_COEFFICIENTS:
        return _OFF_STEPS
    return float(np.abs(telling - np.round(telling)).mean())


def _in_blocks(picture: Levels) -> Levels:
    """Cut a picture into the 8x8 blocks of a JPEG: (number, 64)."""
    side = _JPEG_BLOCK_PX
    rows, columns = (length // side for length in picture.shape)
    cut = picture[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return np.ascontiguousarray(cut.swapaxes(1, 2)).reshape(-1, side * side)


@cache
def _cosines() -> NDArray[np.float64]:
    """Return the (64, 64) matrix that turns the pixels of a block into its coefficients."""
    side = _JPEG_BLOCK_PX
    waves = np.cos(np.pi * (2 * np.arange(side) + 1) * np.arange(side)[:, None] / (2 * side))
    waves *= np.sqrt(2 / side)
    waves[0] /= np.sqrt(2)
    made: NDArray[np.float64] = np.einsum("ij,kl->ikjl", waves, waves)
    return made.reshape(side * side, side * side)
