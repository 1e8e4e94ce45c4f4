"""The validator ``framed``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent, count
from catsclean.validators._one_colour import (
    Plane,
    colour_of,
    distance_from,
    has_one_level,
    planes_of,
)
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

# How far, in grey levels, the outermost line may range and a pixel may lie from its colour after
# JPEG compression, and how near it lies if somebody filled an area.
_RANGE: Final = 16
_NEAR: Final = 10
_EXACT: Final = 4
# A line belongs to a border if nearly all of its pixels have the colour, and to a bar with text if
# many do, among them both ends.
_BORDER_LINE: Final = 0.97
_BAR_LINE: Final = 0.15
_MARGIN_LINE: Final = 0.85
_LEAST_SIDE_PX: Final = 16

_BLANK: Final = 0.98  # a picture of a single colour is left to `solid-colour`
_MIN_EXACT: Final = 0.9
_MIN_EDGE_CAPTION: Final = 0.9
_MIN_SIDES_AROUND: Final = 3
_MIN_SIDES_CUT_OUT: Final = 2
_MIN_OUTLINE_CUT_OUT: Final = 0.65


class Framed(Validator):
    """Find pictures with a border, a caption bar or a plain page around them, and cut-outs.

    ## Why it matters

    A frame, a bar with a name in it, or a white page says who published the picture, not what it
    shows.  If one class has more of them, the model learns the frame.  And when pictures are
    resized to one size, the subject of a framed one becomes smaller than all others.

    ## Example

        Cat/853.jpg: framed: uniform border on 4 sides: 6% of the picture

    ## What to do

    Crop the picture to its content, or leave it if every class has about as many.  The largest
    shares are worth looking at first.

    ## False alarms

    Reported are: a side of one colour that ends all at once, along its whole length; such a bar
    with text in it; at least three sides of the same colour; and a plain, exactly even ground along
    most of the edge (a page, a cut-out).  A sky, a wall or the night usually ends gradually and is
    not reported; an even backdrop is.  The sides are judged on a copy reduced to a short side of 64
    to 127 pixels, so a thinner line may be missed, but a strip that a scanner left counts.

    It finds 61 of 2,000 Kaggle cats and dogs, all of them framed, cut out, or with such a strip,
    and 42 of 2,347 hands: bars beside them, and hands on pure white or black.  Of 360 cats and dogs
    framed by code it finds 357.  If most pictures of a set are like that, such as renderings on
    white, one finding covers the whole set.
    """

    name: ClassVar[str] = "framed"
    family: ClassVar[str] = "content"
    severity: ClassVar[Severity] = Severity.NOTE
    fix: ClassVar[Fix] = Fix.REVIEW
    collective: ClassVar[bool] = True
    content_only: ClassVar[bool] = True
    columns: ClassVar[dict[str, Scalar]] = {
        "border_sides": 0,
        "border_share": 0.0,
        "border_edge": 0.0,
        "caption_share": 0.0,
        "caption_edge": 0.0,
        "ground_share": 0.0,
        "ground_outline": 0.0,
        "ground_exact": 0.0,
    }
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "min_edge": (0, 1),
        "min_outline": (0, 1),
        "min_ground": (0, 1),
    }

    #: Least share of a border's inner edge at which the picture has another colour.
    min_edge: float = 0.85
    #: Least share of the outermost pixels that have the colour of a frame on three or four sides.
    min_outline: float = 0.9
    #: Least share of a picture that is the plain ground of a cut-out.
    min_ground: float = 0.2

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Measure the sides that begin with a line of one colour."""
        greys = image.greys
        if greys is None or min(greys.shape) < _LEAST_SIDE_PX:
            return None
        sides = _sides_of_one_colour(greys)
        return _measure(planes_of(image), sides) if sides else None

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with a hard-edged border, a bar, or a plain ground around them."""
        pictures = evidence.decoded
        sides, ground = pictures["border_sides"], pictures["ground_share"]
        exact = pictures["ground_exact"] >= _MIN_EXACT
        bordered = (pictures["border_edge"] >= self.min_edge) | (
            (sides >= _MIN_SIDES_AROUND) & (pictures["ground_outline"] >= self.min_outline)
        )
        captioned = pictures["caption_edge"] >= max(self.min_edge, _MIN_EDGE_CAPTION)
        cut_out = (
            (sides >= _MIN_SIDES_CUT_OUT)
            & (pictures["ground_outline"] >= _MIN_OUTLINE_CUT_OUT)
            & (ground >= self.min_ground)
            & exact
        )
        found = (bordered | captioned | cut_out) & (ground < _BLANK)
        rows = pictures.where(found)
        bar = np.where(captioned, pictures["caption_share"], 0.0)
        share = np.maximum(bar, pictures["border_share"])
        messages = [
            _message(number, part, plain, cut=cut)
            for number, part, plain, cut in zip(
                rows["border_sides"].tolist(),
                share[found].tolist(),
                rows["ground_share"].tolist(),
                cut_out[found].tolist(),
                strict=True,
            )
        ]
        return self.findings(rows, messages)


def _message(sides: int, share: float, ground: float, *, cut: bool) -> str:
    if cut:
        return f"on a plain ground: {as_percent(ground)} of the picture"
    return f"uniform border on {count(sides, 'side')}: {as_percent(share)} of the picture"


def _sides_of_one_colour(greys: Plane) -> list[str]:
    """Return the sides whose outermost line has one grey level."""
    lines = {"top": greys[0], "bottom": greys[-1], "left": greys[:, 0], "right": greys[:, -1]}
    return [side for side, line in lines.items() if has_one_level(line, _RANGE)]


def _measure(planes: list[Plane], sides: list[str]) -> dict[str, Scalar]:
    """Measure the border of each side, the bar with the hardest edge, and the largest ground."""
    borders = dict.fromkeys(("top", "bottom", "left", "right"), 0.0)
    edge = 0.0
    bar, ground = (0.0, 0.0), (0.0, 0.0, 0.0)
    colours = {side: colour_of([_seen_from(p, side)[0] for p in planes]) for side in sides}
    for colour in set(colours.values()):
        distance = distance_from(planes, colour)
        near, exact = distance <= _NEAR, np.count_nonzero(distance <= _EXACT)
        number = np.count_nonzero(near)
        around = [near[0], near[-1], near[:, 0], near[:, -1]]
        outline = sum(map(np.count_nonzero, around)) / (2 * sum(near.shape))
        ground = max(ground, (number / near.size, outline, exact / number))
        for name in (name for name, of_side in colours.items() if of_side == colour):
            lines = _seen_from(near, name)
            shares = lines.mean(axis=1)
            plain = shares >= _BORDER_LINE
            depth = _run_of(plain)
            borders[name], edge = depth / len(lines), max(edge, _edge_behind(shares, depth))
            in_bar = (shares >= _BAR_LINE) & lines[:, 0] & lines[:, -1]
            # below the text a bar is plain again
            margins = np.flatnonzero(shares[: _run_of(in_bar)] >= _MARGIN_LINE)
            depth = int(margins[-1]) + 1 if len(margins) else 0
            bar = max(bar, (_edge_behind(shares, depth), depth / len(lines)))
    inner = (1 - borders["top"] - borders["bottom"]) * (1 - borders["left"] - borders["right"])
    return {
        "border_sides": len(sides),
        "border_share": 1.0 - max(inner, 0.0),
        "border_edge": edge,
        "caption_edge": bar[0],
        "caption_share": bar[1],
        "ground_share": ground[0],
        "ground_outline": ground[1],
        "ground_exact": ground[2],
    }


def _seen_from(picture: NDArray[Any], side: str) -> NDArray[Any]:
    """Turn a picture so that a side's outermost line comes first."""
    lines = picture if side in {"top", "bottom"} else picture.T
    return lines if side in {"top", "left"} else lines[::-1]


def _run_of(inside: NDArray[np.bool_]) -> int:
    """Return how many lines from the side on are inside, without a gap."""
    return len(inside) if inside.all() else int(inside.argmin())


def _edge_behind(shares: NDArray[np.float64], depth: int) -> float:
    """Return the share of the line behind a border that has another colour."""
    # the first one may be a mixture of both
    return 1.0 - float(shares[min(depth + 1, len(shares) - 1)]) if depth else 0.0
