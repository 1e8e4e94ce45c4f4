"""The validator ``placeholder``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.rows import Rows
from catsclean.core.text import count
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_LEAST_SIDE_PX: Final = 16
# every fifth row tells as much as all of them
_ROWS: Final = 5
# How far a grey level lies from those around it, four times over: hardly in a flat or evenly shaded
# area, further in fur and grain, and furthest at the edges of letters and shapes.
_SMOOTH: Final = 2
_TEXTURE: Final = 24
_MOST_GRAPHICS: Final = 0.5


class Placeholder(Validator):
    """Find a graphic that several files show in place of a picture, such as "photo not available".

    ## Why it matters

    Web sites answer with a graphic when a picture was removed, and a crawler saves it under any
    label.  The model learns that the graphic is a cat; in two classes, it learns that it is a dog
    as well.  `label-conflict` reports such files too, but there is nothing to relabel: no label is
    right.

    ## Example

        Cat/17.jpg: placeholder: the same graphic in 12 files of 2 classes: nothing to relabel

    ## What to do

    Look at one of them, and set all of them aside.

    ## False alarms

    Two things must hold together.  The files are duplicates of one another, with the same bytes or
    saved again in another size or quality: three or more of them, or two in different classes.  And
    they are drawn, not photographed: mostly areas without any grain, with hard edges between them.
    A drawing or a small product on white that was copied that often is reported, too.  Sets in
    which most pictures are graphics are not judged, and a graphic that only one file shows is not
    found.

    It finds 173 of 180 files that show 60 graphics made by code, each saved three times in sizes
    and qualities of its own, and none of the groups of copies among 2,000 Kaggle cats and dogs and
    2,347 hands.
    """

    name: ClassVar[str] = "placeholder"
    family: ClassVar[str] = "content"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    content_only: ClassVar[bool] = True
    columns: ClassVar[dict[str, Scalar]] = {"smooth_share": 0.0, "texture_share": 1.0}
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "min_files": (2, 1_000_000),
        "min_smooth": (0, 1),
        "max_texture": (0, 1),
    }

    #: Least number of files that show a graphic; two are enough in different classes.
    min_files: int = 3
    #: Least share of a graphic that is flat or evenly shaded.
    min_smooth: float = 0.5
    #: Largest share of a graphic that has grain.
    max_texture: float = 0.2

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Measure which share of a picture is smooth, and which has grain."""
        greys = image.greys
        if greys is None or min(greys.shape) < _LEAST_SIDE_PX:
            return None
        middle = greys[1:-1:_ROWS]
        # Modulo 256, which spares a conversion: an edge so hard that it wraps round is rare.
        unlike = middle[:, 1:-1] * np.uint8(4)
        for near in (greys[:-2:_ROWS, 1:-1], greys[2::_ROWS, 1:-1], middle[:, :-2], middle[:, 2:]):
            unlike -= near
        counts = np.bincount(unlike.ravel() + np.uint8(_TEXTURE), minlength=256).tolist()
        smooth = sum(counts[_TEXTURE - _SMOOTH : _TEXTURE + _SMOOTH + 1])
        texture = sum(counts[: 2 * _TEXTURE + 1]) - smooth
        return {"smooth_share": smooth / unlike.size, "texture_share": texture / unlike.size}

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find groups of duplicates that are graphics."""
        pictures = evidence.decoded
        alone = pictures.where(pictures["group"] == "")
        groups = list(_by_group(pictures.where(pictures["group"] != "")))
        graphics = [files for files in groups if self._is_graphic(files)]
        # a graphic counts once, however many files show it
        others = np.count_nonzero(self._are_graphics(alone["smooth_share"], alone["texture_share"]))
        if len(graphics) + others > _MOST_GRAPHICS * (len(groups) + len(alone)):
            return
        for files in graphics:
            labels = len(set(files["label"].tolist()))
            if len(files) >= self.min_files or labels > 1:
                several = f" of {count(labels, 'class', 'classes')}" if labels > 1 else ""
                message = f"the same graphic in {len(files):,} files{several}: nothing to relabel"
                yield from self.findings(files, [message] * len(files))

    def _is_graphic(self, files: Rows) -> bool:
        # one bad copy of a graphic does not decide
        smooth, texture = np.median(files["smooth_share"]), np.median(files["texture_share"])
        return bool(self._are_graphics(smooth, texture))

    def _are_graphics(self, smooth: Any, texture: Any) -> NDArray[np.bool_]:
        graphic: NDArray[np.bool_] = (smooth >= self.min_smooth) & (texture <= self.max_texture)
        return graphic


def _by_group(rows: Rows) -> Iterator[Rows]:
    """Split rows by their group of duplicates."""
    _, numbers = np.unique(rows["group"].astype(str), return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order])) + 1
    for part in np.split(order, starts) if len(order) else []:
        yield rows.where(part)
