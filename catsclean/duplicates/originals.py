"""Find out which picture of a proved pair was made from the other.

An altered copy is often the larger file: it was saved again at a high quality.  So bytes and pixels
say little, and what tells is in the pictures: colour that one of them lost, a text laid over, light
that was cut off, detail that an enlarged picture does not have, and the traces of an earlier JPEG.
"""

from __future__ import annotations

import io
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from catsclean.duplicates import poses

Levels = NDArray[np.float32]

GREYED: Final = "greyed"
OVERLAID: Final = "overlaid"
RELIT: Final = "relit"
ENLARGED: Final = "enlarged"
BLURRED: Final = "blurred"
SAVED_AGAIN: Final = "saved-again"
NO_CAMERA: Final = "no-camera"

# Bounds what is compared of large pictures: all of it at a smaller size, and details in a part.
_MOST_SIDE_PX: Final = 512
_MOST_DETAIL_PX: Final = 256
_LEAST_SIDE_PX: Final = 32
_JPEG_BLOCK_PX: Final = 8
_CAMERA_TAGS: Final = (0x010F, 0x0110)  # make and model
_MOST_STRETCH: Final = 0.03

# An overlay: blocks that differ far more than the picture does elsewhere, and not most of them.
_OVERLAY_BLOCK_PX: Final = 16
_OVERLAY_TIMES: Final = 3.0
_OVERLAY_LEVELS: Final = 6.0
_MOST_OVERLAID: Final = 0.5
_OVERLAY_EDGES: Final = 1.1
_SHARPER: Final = 1.15

_RELIT_GAIN: Final = 0.06
_RELIT_LEVELS: Final = 5.0
_CUT_OFF: Final = 0.003
_LEVELS_LEFT: Final = 4.0
_ONE_LEVEL: Final = 2.5
_NOT_WHITE: Final = 245.0
_DARKEST: Final = 3.0
_BRIGHTEST: Final = 252.0

# Mean distance of DCT coefficients from the multiples of a JPEG's steps: 0.25 where they have
# nothing to do with them.
_OFF_STEPS: Final = 0.25
_ON_STEPS: Final = 0.22
_STEPS_APART: Final = 0.02
_LEAST_STEP: Final = 2
# from the middle between two multiples on, so that falling counts do not look like nearness
_LEAST_MULTIPLE: Final = 0.5
_LEAST_COEFFICIENTS: Final = 200

_BLURRED_DETAIL: Final = 0.6
# How little an enlarged picture differs from the smaller one, enlarged as well, in the detail that
# the smaller one has.  40 PetImages enlarged in four ways: 0.05 to 0.4; 40 larger originals: 0.4 at
# 1.25 times the size, 0.45 at 1.5, 0.5 and more beyond.
_ENLARGED_DETAIL: Final = 0.42
_ENLARGED_LITTLE: Final = 1.4
_ENLARGED_LITTLE_DETAIL: Final = 0.33


class Whole(NamedTuple):
    """A picture as its file has it.

    Attributes:
        pixels: (height, width, 3) RGB.
        steps: (8, 8) quantisation of the luma, rows of rising vertical frequency; None if the file
            is not a JPEG.
        camera: Its Exif names a camera.
    """

    pixels: NDArray[np.uint8]
    steps: NDArray[np.float64] | None = None
    camera: bool = False


class Marks(NamedTuple):
    """Signs that a picture of a pair is not the original.

    Attributes:
        first: Of the first picture, such as ``overlaid``.
        second: Of the second picture.
    """

    first: frozenset[str]
    second: frozenset[str]


def read_origin(data: bytes) -> tuple[NDArray[np.float64] | None, bool]:
    """Read from the bytes of a file how a JPEG was quantised, and whether Exif names a camera.

    Returns:
        (8, 8) steps of the luma, None if it is not a JPEG; and whether a camera is named.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "TIFF")) as picture:
            tables = getattr(picture, "quantization", None)
            exif = picture.getexif()
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError):
        return None, False
    camera = any(str(exif.get(tag, "")).strip(" \0") for tag in _CAMERA_TAGS)
    if not tables or len(tables.get(0, ())) != _JPEG_BLOCK_PX**2:
        return None, camera
    return np.array(tables[0], np.float64).reshape(_JPEG_BLOCK_PX, _JPEG_BLOCK_PX), camera


def compare_whole(first: Whole, second: Whole, pose: int, *, same_frame: bool = True) -> Marks:
    """Look for the signs that one picture was made from the other.

    Args:
        first: One picture.
        second: Another one, that is proved to show the same.
        pose: The pose in which the second lies as the first does (:mod:`.poses`).
        same_frame: Neither was cropped or turned by a few degrees; otherwise they do not lie on
            one another, and only what the files say is compared.
    """
    found: tuple[set[str], set[str]] = (set(), set())
    if first.camera != second.camera:
        found[first.camera].add(NO_CAMERA)
    turned = poses.posed(second.pixels, pose)
    if not same_frame or min(*first.pixels.shape[:2], *turned.shape[:2]) < _LEAST_SIDE_PX:
        pass
    elif first.pixels.shape == turned.shape:
        _compare_equal(first, second, pose, found)
    elif _is_stretched_evenly(first.pixels, turned):
        larger = int(turned.size > first.pixels.size)
        if _is_enlarged(*((first.pixels, turned) if larger == 0 else (turned, first.pixels))):
            found[larger].add(ENLARGED)
    return Marks(frozenset(found[0]), frozenset(found[1]))


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
    if factor == 1:
        return pixels
    whole = np.ascontiguousarray(pixels[: height // factor * factor, : width // factor * factor])
    return np.asarray(Image.fromarray(whole).reduce(factor))


def _compare_equal(
    first: Whole, second: Whole, pose: int, found: tuple[set[str], set[str]]
) -> None:
    turned = poses.posed(second.pixels, pose)
    pair = _reduced(first.pixels), _reduced(turned)
    one, other = _luma(pair[0]), _luma(pair[1])
    gain, offset = _light(one, other)
    brighter = float(other.mean() - one.mean())
    expected = _toned_alike(one, other)
    is_relit = abs(gain - 1) > _RELIT_GAIN or abs(brighter) > _RELIT_LEVELS
    if is_relit:  # what is cut off in one colour has another light
        cut = [((p <= _DARKEST) | (p >= _BRIGHTEST)).any(axis=2) for p in pair]
        expected = np.where(cut[0] | cut[1], other, expected)
    _find_overlay(expected, other, found)
    detail = [_detail(expected), _detail(other)]
    if OVERLAID not in found[0] | found[1]:
        for at in (0, 1):
            if detail[at] < _BLURRED_DETAIL * detail[1 - at]:
                found[at].add(BLURRED)
    if is_relit and BLURRED not in found[0] | found[1]:
        bright = int(brighter > 0)
        _find_cut_off((one, other)[bright], (other, one)[bright], bright, found)
    # each in the frame of the other, whose blocks start at its corner
    corner = np.s_[:_MOST_DETAIL_PX, :_MOST_DETAIL_PX]
    there = _luma(turned[corner])
    back = _luma(poses.posed(first.pixels, poses.inverse(pose))[corner])
    traces = [
        _share_off_steps((there - offset) / max(gain, 0.1), there, first.steps, second.steps),
        _share_off_steps(gain * back + offset, back, second.steps, first.steps),
    ]
    for at in (0, 1):
        if traces[at] < _ON_STEPS and traces[at] < traces[1 - at] - _STEPS_APART:
            found[1 - at].add(SAVED_AGAIN)


def _find_cut_off(bright: Levels, dark: Levels, at: int, found: tuple[set[str], set[str]]) -> None:
    """Find which of two pictures in different light was made brighter or darker.

    Where the brighter one is white, the darker one still has several levels if it is the original,
    and a single one if it was made darker.
    """
    white, black = bright >= _BRIGHTEST, dark <= _DARKEST
    if white.mean() > _CUT_OFF:
        spread = float(dark[white].std())
        if spread > _LEVELS_LEFT:
            found[at].add(RELIT)
        elif spread < _ONE_LEVEL and float(dark[white].mean()) < _NOT_WHITE:
            found[1 - at].add(RELIT)
    elif black.mean() > _CUT_OFF and float(bright[black].std()) > _LEVELS_LEFT:
        found[1 - at].add(RELIT)


def _toned_alike(one: Levels, other: Levels) -> Levels:
    """Give a picture the light of another, by the mean level there of each of its own levels."""
    levels = np.clip(one.round(), 0, 255).astype(np.intp)
    number = np.bincount(levels.ravel(), minlength=256)
    total = np.bincount(levels.ravel(), weights=other.ravel(), minlength=256)
    known = np.flatnonzero(number)
    curve = np.interp(np.arange(256), known, total[known] / number[known])
    smooth = np.convolve(np.pad(curve, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    made: Levels = smooth.astype(np.float32)[levels]
    return made


def _light(one: Levels, other: Levels) -> tuple[float, float]:
    """Fit the light of the second picture in that of the first, where neither is cut off."""
    inside = (one > _DARKEST) & (one < _BRIGHTEST) & (other > _DARKEST) & (other < _BRIGHTEST)
    x, y = one[inside].astype(np.float64), other[inside].astype(np.float64)
    if len(x) < _LEAST_SIDE_PX:
        return 1.0, 0.0
    mean_x, mean_y = float(x.mean()), float(y.mean())
    x -= mean_x
    spread = float(x @ x)
    if spread < len(x):  # less than a level
        return 1.0, 0.0
    gain = float(x @ (y - mean_y)) / spread
    return gain, mean_y - gain * mean_x


def _find_overlay(one: Levels, other: Levels, found: tuple[set[str], set[str]]) -> None:
    """Find a text or logo in one of two pictures of the same light."""
    side = _OVERLAY_BLOCK_PX
    errors = np.sqrt(_blocks((other - one) ** 2, side).mean(axis=(2, 3)))
    usual = float(np.median(errors))
    changed = errors > max(_OVERLAY_TIMES * usual, usual + _OVERLAY_LEVELS)
    if not changed.any() or changed.mean() > _MOST_OVERLAID:
        return
    edges = [_blocks(_edges(p), side).mean(axis=(2, 3)) for p in (one, other)]
    elsewhere = [float(e[~changed].mean()) for e in edges]
    if max(elsewhere) > _SHARPER * min(elsewhere):
        return  # one is sharper: the places that differ are edges
    for at in (0, 1):
        if edges[at][changed].mean() > _OVERLAY_EDGES * edges[1 - at][changed].mean():
            found[at].add(OVERLAID)


def _edges(picture: Levels) -> Levels:
    down, across = np.gradient(picture)
    made: Levels = np.hypot(down, across)
    return made


def _blocks(picture: Levels, side: int) -> Levels:
    rows, columns = (length // side for length in picture.shape)
    cut = picture[: rows * side, : columns * side].reshape(rows, side, columns, side)
    made: Levels = cut.swapaxes(1, 2)
    return made


def _detail(picture: Levels) -> float:
    """Root mean square of what a picture loses when it is shrunk to half its size and enlarged."""
    height, width = (length // 2 * 2 for length in picture.shape)
    whole = Image.fromarray(np.ascontiguousarray(picture[:height, :width]))
    back = whole.reduce(2).resize(whole.size, Image.Resampling.BILINEAR)
    lost = np.asarray(whole) - np.asarray(back)
    return float(np.sqrt(np.mean(lost * lost)))


def _is_enlarged(large: NDArray[np.uint8], little: NDArray[np.uint8]) -> bool:
    """Say whether the larger picture shows no finer detail than the smaller one."""
    # the middle of both, of the smaller one in parts of a pixel
    height, width = (min(length, _MOST_SIDE_PX) for length in large.shape[:2])
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    down, across = (a / b for a, b in zip(little.shape, large.shape[:2], strict=False))
    box = (left * across, top * down, (left + width) * across, (top + height) * down)
    big = _luma(large[top : top + height, left : left + width])
    small = _luma(little)
    factor = 1 / float(np.sqrt(down * across))
    most = _ENLARGED_DETAIL if factor >= _ENLARGED_LITTLE else _ENLARGED_LITTLE_DETAIL
    ways = (
        Image.Resampling.NEAREST,
        Image.Resampling.BILINEAR,
        Image.Resampling.BICUBIC,
        Image.Resampling.LANCZOS,
    )
    whole = Image.fromarray(small)
    made = (np.asarray(whole.resize((width, height), way, box=box)) for way in ways)
    apart = min(float(np.sqrt(np.mean((one - big) ** 2))) for one in made)
    rows, columns = (slice(int(box[1]), int(box[3])), slice(int(box[0]), int(box[2])))
    return apart < most * _detail(small[rows, columns])


def _share_off_steps(
    picture: Levels,
    seen: Levels,
    steps: NDArray[np.float64] | None,
    own: NDArray[np.float64] | None,
) -> float:
    """Measure how far a picture lies from the steps of a JPEG; one made from it lies near.

    Args:
        picture: Luma in the frame of the JPEG, its light that of the JPEG.
        seen: The same with its own light; blocks where it is cut off are left out.
        steps: The JPEG's quantisation; None: nothing is known.
        own: That of the picture's own file.  Where its steps are as large they hide the others.

    Returns:
        Mean distance of the coefficients from the nearest multiple of their step, in steps: 0 to
        0.5, and 0.25 where they have nothing to do with them or nothing is known.
    """
    if steps is None:
        return _OFF_STEPS
    side = _JPEG_BLOCK_PX
    rows, columns = (length // side for length in picture.shape)
    part = np.s_[: rows * side, : columns * side]
    whole = _blocks(seen[part], side)
    clear = (whole.min(axis=(2, 3)) > _DARKEST) & (whole.max(axis=(2, 3)) < _BRIGHTEST)
    blocks = _blocks(picture[part], side)[clear] - 128
    transform = _cosines()
    multiples = np.abs(transform @ blocks @ transform.T) / steps
    # the mean of a block says little: any light changes it
    multiples[:, 0, 0] = 0
    visible = (steps >= _LEAST_STEP) & (steps > (0 if own is None else own))
    telling = multiples[(multiples > _LEAST_MULTIPLE) & visible]
    if len(telling) < _LEAST_COEFFICIENTS:
        return _OFF_STEPS
    return float(np.abs(telling - np.round(telling)).mean())


def _cosines() -> NDArray[np.float64]:
    side = _JPEG_BLOCK_PX
    waves = np.cos(np.pi * (2 * np.arange(side) + 1) * np.arange(side)[:, None] / (2 * side))
    waves *= np.sqrt(2 / side)
    waves[0] /= np.sqrt(2)
    return waves
