"""What was measured: rows, sections, and the JSON file from which the page can be drawn again."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """What a figure is asked to be.

    Attributes:
        bound: The bound.
        of: What is bounded: ``figure``, or ``ratio``, the figure divided by what stands beside it.
        least: Whether the bound is the least that is asked; else it is the most.
    """

    bound: float
    of: str = "figure"
    least: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value is as asked."""
        return value >= self.bound if self.least else value <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure.

    Attributes:
        what: What was measured.
        unit: Unit of the figure.
        values: The figure in every run; none where it could not be measured.
        beside: The floor or the peer that it is compared with.
        ratios: Figure / other's figure in every run, both from the same round.
        asked: What it is asked to be.
        note: One line more; where there are no values, the reason.
        plot: Title of the chart that shows it, if any.
        ours: Whether it is catsclean that was measured, for the chart.
    """

    what: str
    unit: str
    values: tuple[float, ...] = ()
    beside: str = ""
    ratios: tuple[float, ...] = ()
    asked: Asked | None = None
    note: str = ""
    plot: str = ""
    ours: bool = False

    @property
    def figure(self) -> float | None:
        """Median of the runs."""
        return statistics.median(self.values) if self.values else None

    @property
    def ratio(self) -> float | None:
        """Median of the ratios."""
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def held(self) -> bool | None:
        """Whether it is as asked; None where nothing was asked or nothing measured."""
        value = self.ratio if self.asked and self.asked.of == "ratio" else self.figure
        return None if self.asked is None or value is None else self.asked.holds(value)


@dataclass(frozen=True, slots=True)
class Section:
    """What one section measured.

    Attributes:
        title: Its heading.
        method: What was done, for the page.
        rows: What came of it.
        quick: Whether it was a quick run: fewer files, fewer runs.
        seconds: How long it took.
        others_cores: Mean number of processors that were busy with other work meanwhile.
        versions: Of the peers, by name.
    """

    title: str
    method: str
    rows: tuple[Row, ...]
    quick: bool
    seconds: float
    others_cores: float
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Results:
    """All sections, and the machine on which they were measured."""

    machine: dict[str, str]
    sections: dict[str, Section] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read what :meth:`save` wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        sections = {name: _section(facts) for name, facts in data["sections"].items()}
        return cls(data["machine"], sections)


def compare(
    what: str, unit: str, values: list[float], beside: str, others: list[float], **more: Any
) -> Row:
    """Make a row of what was measured in turns with something else.

    Where the other took part in fewer rounds, its last figure stands in for those that it missed.
    """
    ratios = tuple(
        value / others[min(number, len(others) - 1)] for number, value in enumerate(values)
    )
    return Row(what, unit, tuple(values), beside, ratios, **more)


def show_number(value: float | None) -> str:
    """Show a figure with three digits, or with all before the point."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _section(facts: dict[str, Any]) -> Section:
    rows = []
    for row in facts["rows"]:
        asked = Asked(**row["asked"]) if row["asked"] else None
        rows.append(
            Row(
                **{
                    **row,
                    "values": tuple(row["values"]),
                    "ratios": tuple(row["ratios"]),
                    "asked": asked,
                }
            )
        )
    return Section(**{**facts, "rows": tuple(rows)})
