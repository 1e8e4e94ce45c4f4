"""The drawing of a training run's epochs: where its lines go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from catsclean.reports.notebook.tones import tone_of

# height of a line's name
_NAME_PX: Final = 12.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a drawing.

    Attributes:
        name: What it shows.
        values: Its values, one for each epoch.
    """

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over the epochs of a training run.

    Attributes:
        title: What the lines show.
        curves: The lines.
        epochs: Numbers of the epochs.
        best: The best epoch.
        until: Leave room for the epochs up to this one, which are still to come.
    """

    title: str
    curves: Sequence[Curve]
    epochs: Sequence[int]
    best: int
    until: int = 0
    kind: ClassVar[str] = "curves"
    # the frame of the drawing, in pixels
    left: ClassVar[float] = 40.0
    right: ClassVar[float] = 320.0
    top: ClassVar[float] = 14.0
    bottom: ClassVar[float] = 140.0

    @property
    def lowest(self) -> float:
        """The smallest value."""
        return min(min(curve.values) for curve in self.curves)

    @property
    def highest(self) -> float:
        """The largest value."""
        return max(max(curve.values) for curve in self.curves)

    @property
    def last(self) -> int:
        """The epoch at the right end of the drawing."""
        return max(self.epochs[-1], self.until)

    @property
    def lines(self) -> list[tuple[str, str, float, str]]:
        """Name, points, place of the name and tone of each line."""
        ends = [self._up(curve.values[-1]) for curve in self.curves]
        places: dict[int, float] = {}
        for number in sorted(range(len(ends)), key=ends.__getitem__):
            # names that would cover one another stand below one another
            above = max(places.values(), default=-_NAME_PX)
            places[number] = max(ends[number] + 4, above + _NAME_PX)
        return [
            (
                curve.name,
                " ".join(self._points(curve)),
                round(places[number], 1),
                tone_of(number),
            )
            for number, curve in enumerate(self.curves)
        ]

    @property
    def words(self) -> str:
        """All of it as a sentence."""
        ends = "; ".join(f"{one.name} {one.values[0]:.3f} to {one.values[-1]:.3f}"
                         for one in self.curves)  # fmt: skip
        return (
            f"{self.title} from epoch {self.epochs[0]} to {self.epochs[-1]}: {ends};"
            f" best epoch {self.best}"
        )

    def across(self, epoch: float) -> float:
        """Return the place of an epoch."""
        first, reach = self.epochs[0], (self.last - self.epochs[0]) or 1
        return round(self.left + (self.right - self.left) * (epoch - first) / reach, 1)

    def _points(self, curve: Curve) -> list[str]:
        points = [
            f"{self.across(epoch)},{self._up(value)}"
            for epoch, value in zip(self.epochs, curve.values, strict=True)
        ]
        return points if len(points) > 1 else points * 2  # a line of no length is drawn as a dot

    def _up(self, value: float) -> float:
        low, high = self.lowest, self.highest
        return round(self.bottom - (self.bottom - self.top) * (value - low) / (high - low or 1), 1)
