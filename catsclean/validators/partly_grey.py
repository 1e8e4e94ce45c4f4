"""The validator ``partly-grey``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent
from catsclean.validators._one_colour import colour_of, distance_from, has_one_level, planes_of
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_LEAST_SIDE_PX: Final = 16
# How far the levels of a filled area lie apart after JPEG compression, and those of a picture from
# them.
_RANGE: Final = 6
_FAR: Final = 14
_FILLED_LINE: Final = 0.97
# The last row of blocks before the end is complete only in part.
_BLOCK_PX: Final = 16
# What decoders fill with, in grey levels, and the colours that borders have instead.
_DECODERS_GREY: Final = (124, 132)
_MOST_CHROMA: Final = 8
_WHITE: Final = 245
_MIN_EDGE_OTHER_COLOUR: Final = 0.85
_MOST_AROUND: Final = 0.9

# Noise is looked for in so many parts of the width; a photograph has a calm one.
_PARTS: Final = 8
_LOW_LINE: Final = 5
_CALM: Final = 5.0
_STEP: Final = 24
_STEP_LINES: Final = 4
_FRAME_LINES: Final = 2
_MIN_NOISE_EDGE: Final = 0.85
# Added to the activity of the picture above, so that noise below a flat area is not infinitely more
_FLOOR: Final = 2.0


class PartlyGrey(Validator):
    """Find pictures that were cut short and saved again, so that they decode without a warning.

    ## Why it matters

    A download broke off, and a program saved what there was: the upper rows are a photograph, the
    rest is grey, or noise.  Nothing in the file says so any more, so `truncated` cannot find it.
    The subject is often in the part that is missing.

    ## Example

        Dog/726.jpg: partly-grey: noise over the lower 16% of the picture

    ## What to do

    Download the picture again.  If you cannot, set it aside, or crop the part that is left.

    ## False alarms

    A fill must have one colour over the whole width, down to the lower edge, and the picture above
    it must end at once.  For a colour other than the grey of decoders it must end nearly
    everywhere.  White, and bars that other sides have as well, are left to `framed`.  A floor or a
    wall is never that even.  Noise must be colourful in every part of the width, far more so than
    the picture above it, and begin at once; lines of colourful text along the lower edge look like
    that, too.  Noise without colour, and a lower part that has only changed its colours, are not
    found.

    It finds one of 2,000 Kaggle cats and dogs, which was cut short, and none of 2,347 hands.  Of
    180 cats and dogs cut short by code, with a fill or noise below, it finds 177.
    """

    name: ClassVar[str] = "partly-grey"
    family: ClassVar[str] = "content"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    collective: ClassVar[bool] = True
    content_only: ClassVar[bool] = True
    columns: ClassVar[dict[str, Scalar]] = {
        "fill_share": 0.0,
        "fill_edge": 0.0,
        "fill_around": 0.0,
        "fill_level": 0,
        "fill_chroma": 0,
        "noise_share": 0.0,
        "noise_ratio": 0.0,
        "noise_edge": 0.0,
    }
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "min_share": (0, 1),
        "min_edge": (0, 1),
        "min_noise": (0, 1000),
    }

    #: Least share of the height that is filled.
    min_share: float = 0.05
    #: Least share of the width over which the picture ends at once.
    min_edge: float = 0.6
    #: How many times as restless as the rest of the picture its calmest lower part must be.
    min_noise: float = 1.5

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Measure a fill of one colour, and noise, at the lower edge."""
        greys = image.greys
        if greys is None or min(greys.shape) < _LEAST_SIDE_PX:
            return None
        if has_one_level(greys[-1], _RANGE):
            return _measure_fill(image)
        return None if image.rgb is None else _measure_noise(image.rgb)

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with a fill that ends at once, or with noise below."""
        pictures = evidence.decoded
        level, chroma = pictures["fill_level"], pictures["fill_chroma"]
        low, high = _DECODERS_GREY
        usual = (level >= low) & (level <= high) & (chroma <= _MOST_CHROMA)
        edge = np.where(usual, self.min_edge, max(self.min_edge, _MIN_EDGE_OTHER_COLOUR))
        filled = (
            (pictures["fill_share"] >= self.min_share)
            & (pictures["fill_edge"] >= edge)
            & (pictures["fill_around"] <= _MOST_AROUND)
            & (level < _WHITE)
        )
        noisy = (pictures["noise_ratio"] >= self.min_noise) & (
            pictures["noise_edge"] >= _MIN_NOISE_EDGE
        )
        rows = pictures.where(filled | noisy)
        messages = [
            f"one colour over the lower {as_percent(fill)} of the picture"
            if is_filled
            else f"noise over the lower {as_percent(noise)} of the picture"
            for fill, noise, is_filled in zip(
                rows["fill_share"].tolist(),
                rows["noise_share"].tolist(),
                filled[filled | noisy].tolist(),
                strict=True,
            )
        ]
        return self.findings(rows, messages)


def _measure_fill(image: ImageFile) -> dict[str, Scalar]:
    """Measure the rows of one colour at the lower edge, and how the picture above them ends."""
    planes = planes_of(image)
    colour = colour_of([plane[-1] for plane in planes])
    distance = distance_from(planes, colour)
    near = distance <= _RANGE
    height = len(near)
    filled = near[::-1].mean(axis=1) >= _FILLED_LINE
    depth = height if filled.all() else int(filled.argmin())
    measured: dict[str, Scalar] = {
        "fill_share": depth / height,
        "fill_level": round(sum(colour) / len(colour)),
        "fill_chroma": max(colour) - min(colour),
    }
    top = height - depth
    if 0 < depth < height:
        lines = -(-_BLOCK_PX * height // max(image.height_px, height)) + 2
        last = distance[max(top - lines, 0) : top].max(axis=0)
        measured["fill_edge"] = float((last > _FAR).mean())
        sides = near[0], near[:top, 0], near[:top, -1]
        measured["fill_around"] = max(float(side.mean()) for side in sides)
    return measured


def _measure_noise(pixels: NDArray[np.uint8]) -> dict[str, Scalar] | None:
    """Measure how much more restless the colours are below some row, all over the width."""
    if _has_calm_part(pixels[-_LOW_LINE]):
        return None
    restless = _restlessness(pixels[::2])
    height = len(restless)
    sums = np.cumsum(restless, axis=0)
    tops = np.arange(height // 4, height - 1)
    below = (sums[-1] - sums[tops - 1]) / (height - tops)[:, None]
    above = sums[tops - 1].mean(axis=1) / tops
    # the row that parts two populations best
    at = int(((below.mean(axis=1) - above) ** 2 * tops * (height - tops)).argmax())
    # a frame is as restless at the top
    calm = max(float(above[at]), float(restless[:_FRAME_LINES].mean()))
    top = 2 * int(tops[at])
    lines = pixels[top - _STEP_LINES : top + _STEP_LINES].astype(np.int16)
    steps = np.abs(lines[2:] - lines[:-2]).max(axis=2) > _STEP
    return {
        "noise_share": 1.0 - top / len(pixels),
        "noise_ratio": float(below[at].min()) / (calm + _FLOOR),
        "noise_edge": float(steps.mean(axis=1).max()),
    }


def _has_calm_part(line: NDArray[np.uint8]) -> bool:
    """Tell whether the colours hardly change in some part of a line of pixels, as in most."""
    colour = np.subtract(line[:, 0], line[:, 2], dtype=np.int16)
    changes = np.abs(colour[1:] - colour[:-1])
    width = len(changes) // _PARTS
    return int(np.add.reduceat(changes, range(0, width * _PARTS, width)).min()) < _CALM * width


def _restlessness(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how much red and blue change against one another from pixel to pixel.

    Returns:
        (height, parts) means over each part of the width of each row.
    """
    colour = np.subtract(pixels[..., 0], pixels[..., 2], dtype=np.float32)
    means: NDArray[np.float32] = np.abs(colour[:, 1:] - colour[:, :-1]) @ _parts(colour.shape[1])
    return means


@lru_cache(maxsize=256)
def _parts(width: int) -> NDArray[np.float32]:
    """Return (width - 1, parts) weights that take the mean of each part of a row of changes."""
    part = np.arange(width - 1) * _PARTS // (width - 1)
    weights = (part[:, None] == np.arange(_PARTS)).astype(np.float32)
    means: NDArray[np.float32] = weights / weights.sum(axis=0)
    return means
