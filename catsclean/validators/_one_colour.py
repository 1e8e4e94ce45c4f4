"""Where a reduced picture has one colour: for validators that look for borders and fills."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catsclean.images.image import ImageFile

Plane = NDArray[np.uint8]


def planes_of(image: ImageFile) -> list[Plane]:
    """Return red, green and blue, or the greys alone if the picture has no colour."""
    colours = image.rgb
    if colours is not None:
        return [np.ascontiguousarray(colours[..., at]) for at in range(3)]
    return [] if image.greys is None else [image.greys]


def has_one_level(line: Plane, most: int) -> bool:
    """Tell whether the levels of a line of pixels range over no more than `most`."""
    # most lines differ at one of these places, and reading a pixel costs next to nothing
    first = line.item(0)
    if abs(line.item(-1) - first) > most or abs(line.item(len(line) // 2) - first) > most:
        return False
    return int(line.max()) - int(line.min()) <= most


def colour_of(lines: Sequence[Plane]) -> tuple[int, ...]:
    """Return the most frequent level of a line in each plane."""
    return tuple(int(np.bincount(line).argmax()) for line in lines)


def distance_from(planes: Sequence[Plane], colour: tuple[int, ...]) -> Plane:
    """Return how far each pixel is from a colour, in the plane in which it is furthest."""
    furthest = np.zeros(planes[0].shape, np.uint8)
    for plane, level in zip(planes, colour, strict=True):
        distance = np.maximum(plane, level) - np.minimum(plane, level)
        np.maximum(furthest, distance, out=furthest)
    return furthest
