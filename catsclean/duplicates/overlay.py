"""Lay one picture over another at full size, to show a person what differs.

Two copies that are cropped or turned differ at every edge if they are only put on top of one
another.  Here the second is first brought to where the first has the same things, by the alignment
that also proves pairs (:mod:`.alignment`), refined at a larger size.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catsclean.core.text import as_percent
from catsclean.duplicates import poses
from catsclean.duplicates.alignment import Square, align_both_ways
from catsclean.duplicates.blurring import blur
from catsclean.duplicates.registration import climber, inverse
from catsclean.duplicates.verification import LOOK_SIDE_PX

Pixels = NDArray[np.uint8]

_FINE_SIDE_PX: Final = 384
_FINE_ROUNDS: Final = 8
_FINE_BLUR_PX: Final = 1.0
# An alignment below this is no better than none: the pictures show different things.
_LEAST_CORRELATION: Final = 0.5
# Below these, an effect of the fit or of recompression is not worth a word.
_LEAST_CROP: Final = 0.01
_LEAST_TURN_DEGREES: Final = 0.5
_LEAST_SCALE: Final = 0.02
_LEAST_LEVELS: Final = 4.0
_TWICE: Final = 1.95
#: Levels of 255 by which a pixel must differ to be counted.
PLAINLY: Final = 24
# What recompression leaves (``verification``) is not drawn, and the rest eight times as strong.
_RECOMPRESSED_LEVELS: Final = 10
_STRENGTH: Final = 8
_PALE: Final = 0.45
_RED: Final = (214.0, 31.0, 60.0)
_OUTSIDE: Final = (236, 239, 244)


class Placement(NamedTuple):
    """How one picture lies on another; it is found once, and serves for all that is drawn of it.

    Attributes:
        pose: How the second was mirrored or turned by quarters (:mod:`.poses`).
        numbers: The nine numbers of :attr:`Overlay.matrix`, row by row.
        is_aligned: The pictures show the same.
    """

    pose: int
    numbers: tuple[float, ...]
    is_aligned: bool


class Overlay(NamedTuple):
    """One picture laid over another.

    Attributes:
        moved: (H, W, 3) the second picture, where the first one has the same things.
        covered: (H, W) which places of the first it covers.
        pose: How the second was mirrored or turned by quarters (:mod:`.poses`).
        matrix: (3, 3) maps the relative place (y, x, 1) of a pixel of the first, from 0 to 1, to
            that in the second, in its pose.
        is_aligned: The pictures show the same; if not, the second was only stretched.
    """

    moved: Pixels
    covered: NDArray[np.bool_]
    pose: int
    matrix: NDArray[np.float64]
    is_aligned: bool

    @property
    def placement(self) -> Placement:
        """How the second lies on the first."""
        return Placement(self.pose, tuple(map(float, self.matrix.ravel())), self.is_aligned)


def lay_over(first: Pixels, second: Pixels, placement: Placement | None = None) -> Overlay:
    """Lay a picture over another one.

    Args:
        first: (H, W, 3) the lower picture.
        second: (H', W', 3) the upper picture, of any size.
        placement: How it lies there, if that was found before.
    """
    pose, numbers, is_aligned = placement or _place(first, second)
    upper = np.ascontiguousarray(poses.posed(second, pose))
    if np.array_equal(first, upper):
        everywhere = np.ones(first.shape[:2], np.bool_)
        return Overlay(upper, everywhere, pose, np.eye(3), is_aligned=True)
    matrix = np.array(numbers).reshape(3, 3)
    moved, covered = _warp(first, upper, matrix)
    return Overlay(moved, covered, pose, matrix, is_aligned)


def _place(first: Pixels, second: Pixels) -> Placement:
    """Find how a picture lies on another one; if they show different things, it is stretched."""
    found = _find_pose(first, second)
    pose, matrix = found if found is not None else (poses.AS_IS, np.eye(3))
    upper = np.ascontiguousarray(poses.posed(second, pose))
    if found is not None and not np.array_equal(first, upper):
        matrix = _refine(first, upper, matrix)
    return Placement(pose, tuple(map(float, matrix.ravel())), found is not None)


def draw_difference(first: Pixels, over: Overlay) -> Pixels:
    """Draw the lower picture in pale grey, and over it in red where the upper one differs.

    Args:
        first: (H, W, 3) the lower picture.
        over: The upper one.

    Returns:
        (H, W, 3); places that the upper picture does not cover are of one grey.
    """
    grey = first.mean(axis=2, dtype=np.float32) * _PALE + 255 * (1 - _PALE)
    beyond = _difference(first, over).astype(np.float32) - _RECOMPRESSED_LEVELS
    strength = np.clip(beyond * (_STRENGTH / 255), 0, 1)[..., None]
    drawn = (1 - strength) * grey[..., None] + strength * np.array(_RED, np.float32)
    result: Pixels = drawn.astype(np.uint8)
    result[~over.covered] = _OUTSIDE
    return result


def describe(first: Pixels, second: Pixels, over: Overlay) -> tuple[str, ...]:
    """Say in words how the second picture differs from the first.

    Args:
        first: (H, W, 3) the lower picture.
        second: (H', W', 3) the upper picture, as it is.
        over: The same, laid over the first.

    Returns:
        Such as ``("mirrored", "5 % cropped", "12 levels brighter")``; empty if nothing can be said.
    """
    if not over.is_aligned:
        return ("shows something else",)
    said = list(poses.words(over.pose))
    said = [_POSE_SAID.get(word, word) for word in said]
    if over.covered.all() and not _difference(first, over).any():
        return (*said, "no pixel differs")
    height, width = poses.posed(second, over.pose).shape[:2]
    real = np.diag([height, width]) @ over.matrix[:2, :2] @ np.diag(1 / np.array(first.shape[:2]))
    turn = math.degrees(math.atan2(real[1, 0] - real[0, 1], real[0, 0] + real[1, 1]))
    if abs(turn) >= _LEAST_TURN_DEGREES:
        said.append(f"turned by {abs(turn):.1f}°")
    shares = _share_of(over.matrix), _share_of(inverse(over.matrix))
    if shares[0] <= 1 - _LEAST_CROP:
        said.append(f"{_percent(1 - shares[0])} cropped")
    if shares[1] <= 1 - _LEAST_CROP:
        said.append(f"{_percent(1 - shares[1])} more at its edges")
    scale = math.sqrt(abs(float(np.linalg.det(real))))
    if abs(scale - 1) >= _LEAST_SCALE:
        said.append(_scale_said(scale))
    light = _lighter(first, over)
    if abs(light) >= _LEAST_LEVELS:
        said.append(f"{abs(light):.0f} levels {'brighter' if light > 0 else 'darker'}")
    plain = float((_difference(first, over)[over.covered] >= PLAINLY).mean())
    differ = f"{_percent(plain, 1)} of the pixels differ plainly"
    said.append(differ if plain else "hardly any pixel differs")
    return tuple(said)


_POSE_SAID: Final = {"turned-90": "turned by 90°", "turned-180": "turned by 180°"}


def _scale_said(scale: float) -> str:
    if scale >= _TWICE:
        return f"{scale:.1f} times as large"
    return f"{_percent(scale)} of the size"


def _percent(value: float, digits: int = 0) -> str:
    return as_percent(value, digits).replace("%", " %")


def _difference(first: Pixels, over: Overlay) -> NDArray[np.int16]:
    """(H, W) levels by which the most different channel differs; 0 where nothing is covered."""
    channels: NDArray[np.int16] = np.abs(first.astype(np.int16) - over.moved)
    difference: NDArray[np.int16] = channels.max(axis=2)
    difference[~over.covered] = 0
    return difference


def _lighter(first: Pixels, over: Overlay) -> float:
    here, there = first[over.covered], over.moved[over.covered]
    return float(there.mean(dtype=np.float64) - here.mean(dtype=np.float64)) if len(here) else 0.0


def _share_of(matrix: NDArray[np.float64]) -> float:
    """Return the share of the lower picture that the upper one covers."""
    places = (np.arange(200) + 0.5) / 200
    y, x = np.meshgrid(places, places, indexing="ij")
    to_y, to_x = (row[0] * y + row[1] * x + row[2] for row in matrix[:2])
    slack = 1e-6
    inside = (np.abs(to_y - 0.5) <= 0.5 + slack) & (np.abs(to_x - 0.5) <= 0.5 + slack)
    return float(inside.mean())


def _find_pose(first: Pixels, second: Pixels) -> tuple[int, NDArray[np.float64]] | None:
    """Return the pose in which the pictures agree best, and how the second lies on the first."""
    lower = Square(_greys(first, LOOK_SIDE_PX))
    greys = _greys(second, LOOK_SIDE_PX)
    best, chosen = _LEAST_CORRELATION, None
    for pose in range(poses.COUNT):
        upper = Square(np.ascontiguousarray(poses.posed(greys, pose)))
        for found in align_both_ways(lower, upper):
            # a little more for the picture as it is: a plain ground agrees in every pose
            score = found.correlation + (0.01 if pose == poses.AS_IS else 0.0)
            if score > best:
                matrix = np.eye(3)
                matrix[:2, :2], matrix[:2, 2] = found.matrix, found.shift
                best, chosen = score, (pose, _relative(matrix, LOOK_SIDE_PX))
            break
    return chosen


def _refine(first: Pixels, upper: Pixels, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Improve an alignment at a larger size."""
    side = _FINE_SIDE_PX
    lower_greys, upper_greys = (blur(_greys(one, side), _FINE_BLUR_PX) for one in (first, upper))
    start = inverse(_to_places(side)) @ matrix @ _to_places(side)
    found, _ = climber(side).climb(lower_greys, upper_greys, start, _FINE_ROUNDS)
    return _relative(found, side)


def _relative(matrix: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Turn a map between places from -1 to 1 into one between relative places."""
    return _to_places(side) @ matrix @ inverse(_to_places(side))


def _to_places(side: int) -> NDArray[np.float64]:
    """Map -1 and 1, the centres of the outer pixels of a square, to relative places."""
    half = (side - 1) / 2 / side
    return np.array([[half, 0, 0.5], [0, half, 0.5], [0, 0, 1]])


def _greys(pixels: Pixels, side: int) -> NDArray[np.float64]:
    small = Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX)
    return np.asarray(small.convert("L"), dtype=np.float64)


def _warp(
    first: Pixels, upper: Pixels, matrix: NDArray[np.float64]
) -> tuple[Pixels, NDArray[np.bool_]]:
    height, width = first.shape[:2]
    # from pixels of the first (x, y) to pixels of the upper one, as Pillow wants it
    to_pixels = np.diag([upper.shape[0], upper.shape[1], 1.0])
    from_pixels = np.diag([1 / height, 1 / width, 1.0])
    yx = to_pixels @ matrix @ from_pixels
    numbers = (yx[1, 1], yx[1, 0], yx[1, 2], yx[0, 1], yx[0, 0], yx[0, 2])
    picture = Image.fromarray(upper)
    shrink = math.sqrt(abs(float(np.linalg.det(yx[:2, :2]))))
    if shrink > 2:  # sampling would skip pixels
        small = (round(upper.shape[1] / shrink), round(upper.shape[0] / shrink))
        return _warp(first, np.asarray(picture.resize(small, Image.Resampling.BOX)), matrix)
    moved = picture.transform(
        (width, height), Image.Transform.AFFINE, numbers, Image.Resampling.BICUBIC
    )
    whole = Image.new("L", picture.size, 255)
    covered = whole.transform(
        (width, height), Image.Transform.AFFINE, numbers, Image.Resampling.NEAREST
    )
    return np.asarray(moved), np.asarray(covered) > 0
