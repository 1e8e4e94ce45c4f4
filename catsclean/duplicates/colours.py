"""Compare the colours of two pictures whose shapes agree.

A red shirt and the same shirt in blue have the same shapes, and so have a picture and its grey
copy.  The grey copy is the same picture; the other shirt is not.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catsclean.duplicates.alignment import Alignment
from catsclean.duplicates.registration import climber

Levels = NDArray[np.float64]

COLOUR_SIDE_PX: Final = 48
# Measured on 50 PetImages in colour, each altered in 20 ways that preserve the colours (JPEG
# quality 10, 64 colours, saturation 0.4 and 1.6, white balance, hue rotated by 10 degrees, crops,
# ...) and in 6 ways that change them (hue rotated by 60 to 180 degrees, everywhere or in the
# middle).
# Spread of the chroma about a curve over the light: grey and sepia pictures stay below 0.9.
_TONED: Final = 1.0
# The strongest tone of a whole print, such as sepia; a plain red fabric has 60 and more.
_MOST_TONE: Final = 40.0
# Changes of saturation and white balance that a copy may have.
_SATURATION: Final = (0.2, 4.0)
_MOST_CAST: Final = 24.0
# Chroma that differs by more is another colour.  The 20 ways above leave at most 0.06 of the places
# so, for a red text over a picture.
_OTHER_COLOUR: Final = 20.0
_MOST_OTHER: Final = 0.08
# Inverted colours: negative saturation, in pictures whose chroma is at least so large.
_LEAST_CHROMA: Final = 10.0
_TURNED_ROUND: Final = 0.1
# A grey copy has the light of its picture: brightened by 15 % it differs by 23 levels.  If the
# light changed more, the rest must be so small that no other grey thing would leave as little.
_GREY_GAIN: Final = (0.85, 1.18)
_GREY_MEAN: Final = 30.0
_GREY_RESIDUAL: Final = 18.0
_RELIT_GAIN: Final = (0.55, 1.8)
_RELIT_RESIDUAL: Final = 10.0
# Shares of Cb and Cr in three ways to make a grey: Rec. 601 luma, the mean, Rec. 709 luma.
_GREYS: Final = ((0.0, 0.0), (0.476, 0.229), (0.109, -0.217))


class Relation(Enum):
    """How the colours of two pictures are related."""

    SAME = "same"
    FIRST_GREYED = "first greyed"
    SECOND_GREYED = "second greyed"
    OTHER = "other"


class Colours(NamedTuple):
    """Colours of a picture, stretched to a square.

    Attributes:
        light: (48, 48) luma, 0 to 255.
        blue: (48, 48) Cb, -128 to 127.
        red: (48, 48) Cr, -128 to 127.
    """

    light: Levels
    blue: Levels
    red: Levels


def colours_of(picture: Image.Image) -> Colours:
    """Reduce an RGB picture to its colours."""
    side = (COLOUR_SIDE_PX, COLOUR_SIDE_PX)
    small = picture.resize(side, Image.Resampling.BOX).convert("YCbCr")
    levels = np.asarray(small, dtype=np.float64)
    return Colours(levels[..., 0], levels[..., 1] - 128, levels[..., 2] - 128)


def compare_colours(first: Colours, second: Colours, found: Alignment) -> Relation:
    """Return how the colours of two pictures are related.

    Args:
        first: Colours of the lower picture.
        second: Colours of the upper picture.
        found: How the second lies on the first.
    """
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = found.matrix, found.shift
    warp = climber(COLOUR_SIDE_PX).warp
    moved, inside = warp(second.light, matrix)
    inside = inside.copy()
    there = [np.array(moved)[inside]]
    there += [np.array(warp(plane, matrix)[0])[inside] for plane in (second.blue, second.red)]
    here = [plane[inside] for plane in first]
    tones = _tone(here), _tone(there)
    if tones[0] is not None and tones[1] is not None:
        same = _apart(tones[0], tones[1]) <= _MOST_TONE
        return Relation.SAME if same else Relation.OTHER
    if tones[0] is not None:
        return Relation.FIRST_GREYED if _is_greyed(there, here, tones[0]) else Relation.OTHER
    if tones[1] is not None:
        return Relation.SECOND_GREYED if _is_greyed(here, there, tones[1]) else Relation.OTHER
    return Relation.SAME if _has_same_colours(here, there) else Relation.OTHER


def _tone(planes: list[Levels]) -> tuple[float, float] | None:
    """Return the mean Cb and Cr of a picture with a single tone; None if it has several colours."""
    light, *chroma = planes
    curve = np.vander((light - light.mean()) / 128, 3)
    left = [plane - curve @ np.linalg.lstsq(curve, plane, rcond=None)[0] for plane in chroma]
    if np.hypot(*(plane.std() for plane in left)) > _TONED:
        return None
    return float(chroma[0].mean()), float(chroma[1].mean())


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def _is_greyed(colour: list[Levels], grey: list[Levels], tone: tuple[float, float]) -> bool:
    """Return whether a picture in one tone has the light of one in colour, so that it is its copy.

    Things that are grey themselves have another light than coloured things made grey.
    """
    if _apart(tone, (0.0, 0.0)) > _MOST_TONE:
        return False
    light, blue, red = colour
    for of_blue, of_red in _GREYS:
        made = light + of_blue * blue + of_red * red
        if made.std() < 1:
            continue
        gain, offset = np.polyfit(made, grey[0], 1)
        residual = float(np.sqrt(np.mean((gain * made + offset - grey[0]) ** 2)))
        near = abs(float(made.mean() - grey[0].mean())) <= _GREY_MEAN
        if _GREY_GAIN[0] <= gain <= _GREY_GAIN[1] and near and residual <= _GREY_RESIDUAL:
            return True
        if _RELIT_GAIN[0] <= gain <= _RELIT_GAIN[1] and residual <= _RELIT_RESIDUAL:
            return True
    return False


def _has_same_colours(first: list[Levels], second: list[Levels]) -> bool:
    """Return whether two pictures have the same colours, except saturation and white balance."""
    one, other = np.stack(first[1:]), np.stack(second[1:])
    strength = float(np.sum(one * one))
    saturation = float(np.sum(one * other)) / max(strength, 1e-9)
    chroma = min(float(np.sqrt(np.mean(np.sum(c * c, axis=0)))) for c in (one, other))
    if saturation < _TURNED_ROUND and chroma > _LEAST_CHROMA:
        return False
    left = other - min(max(saturation, _SATURATION[0]), _SATURATION[1]) * one
    cast = left.mean(axis=1)
    cast *= min(1.0, _MOST_CAST / max(float(np.hypot(*cast)), 1e-9))
    apart = np.hypot(*(left - cast[:, None]))
    return float((apart > _OTHER_COLOUR).mean()) <= _MOST_OTHER
