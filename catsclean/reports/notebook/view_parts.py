"""The parts that views in notebooks are made of, and the template that draws them.

A part holds plain values; the template escapes every text.  There is no style sheet and no colour
of text: notebooks show several outputs on one page, in a theme of their own that need not be that
of the system, and some remove style sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Final

from jinja2 import Template

from catsclean.core import names
from catsclean.core.text import as_percent
from catsclean.reports.html.page import environment
from catsclean.reports.html.thumbnails import Thumbnail
from catsclean.reports.notebook.curves import Curves
from catsclean.reports.notebook.tones import tone_of

MAX_ROWS: Final = 60
# of more classes, a view only gives the number
MAX_CLASSES: Final = 30
_MAX_CHARACTERS: Final = 160


@dataclass(frozen=True, slots=True)
class Meter:
    """A bar in a cell or below a picture.

    Attributes:
        parts: Name and share of each part, 0 to 1.
    """

    parts: tuple[tuple[str, float], ...]

    @property
    def segments(self) -> list[tuple[float, str]]:
        """Percent and tone of each part that can be seen."""
        return [
            (round(100 * share, 2), tone_of(number, name))
            for number, (name, share) in enumerate(self.parts)
            if share > 0
        ]

    @property
    def words(self) -> str:
        """What the bar shows."""
        return ", ".join(f"{name} {as_percent(share)}" for name, share in self.parts)


@dataclass(frozen=True, slots=True)
class Sentences:
    """Paragraphs.

    Attributes:
        lines: Their texts.
        strong: They are warnings.
    """

    lines: Sequence[str]
    strong: bool = False
    kind: ClassVar[str] = "sentences"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; of a long one, the first rows.

    Attributes:
        columns: Their headings.
        rows: The cells: texts, numbers or bars.
        caption: What the table shows; empty: what was said before it.
        numbers: Columns that hold numbers.
        noun: What a row is, in the plural.
        folded: It is shown on request.
        most: Largest number of rows.
        legend: Names of the parts of its bars.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""
    numbers: frozenset[str] = frozenset()
    noun: str = "rows"
    folded: bool = False
    most: int = MAX_ROWS
    legend: Sequence[str] = ()
    kind: ClassVar[str] = "rows"

    @property
    def toned(self) -> list[tuple[str, str]]:
        """Each name of the legend with its tone."""
        return [(name, tone_of(number, name)) for number, name in enumerate(self.legend)]

    @property
    def shown(self) -> list[list[tuple[object, bool]]]:
        """The cells of the rows that are shown, each with whether it holds a number."""
        numeric = [column in self.numbers for column in self.columns]
        return [list(zip(row, numeric, strict=True)) for row in self.rows[: self.most]]

    @property
    def more(self) -> int:
        """Number of rows that are not shown."""
        return max(len(self.rows) - self.most, 0)


@dataclass(frozen=True, slots=True)
class PictureCard:
    """A picture with its caption.

    Attributes:
        path: The picture.
        heading: What is said about it first.
        note: What else.
        thumbnail: None: it cannot be shown.
        meter: A bar below it.
    """

    path: str
    heading: str
    note: str = ""
    thumbnail: Thumbnail | None = None
    meter: Meter | None = None


@dataclass(frozen=True, slots=True)
class Cards:
    """Pictures side by side.

    Attributes:
        cards: The pictures.
        caption: What they have in common; empty: nothing to say.
    """

    cards: Sequence[PictureCard]
    caption: str = ""
    kind: ClassVar[str] = "cards"


@dataclass(frozen=True, slots=True)
class Clusters:
    """Small groups of pictures, as many side by side as there is room for."""

    clusters: Sequence[Cards]
    kind: ClassVar[str] = "clusters"


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to copy, each with what it does."""

    calls: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "commands"


@dataclass(frozen=True, slots=True)
class Drawing:
    """One large picture.

    Attributes:
        thumbnail: The picture.
        caption: What it shows.
        words: The same for those who cannot see it.
    """

    thumbnail: Thumbnail
    caption: str
    words: str
    kind: ClassVar[str] = "drawing"


ViewPart = Sentences | Grid | Cards | Clusters | Calls | Curves | Drawing


@dataclass(frozen=True, slots=True)
class CellView:
    """What a cell shows.

    Attributes:
        name: Name of the data set or run; empty: there is none.
        facts: What it is about, in short.
        parts: The rest, from top to bottom.
    """

    name: str
    facts: Sequence[str]
    parts: Sequence[ViewPart] = field(default_factory=list)


def short(text: object) -> str:
    """Make a text fit for a page: no control character, and not too long."""
    safe = names.text(str(text))
    return safe if len(safe) <= _MAX_CHARACTERS else safe[: _MAX_CHARACTERS - 1] + "…"


def draw(view: CellView) -> str:
    """Draw a view as HTML."""
    return _template().render(view=view)


@cache
def _template() -> Template:
    made = environment()
    made.filters["short"] = short
    return made.get_template("notebook.html.jinja")
