"""An audit as the last line of a notebook's cell: counts and a few thumbnails."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from jinja2 import Template

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Finding
from catsclean.core.text import count, human_bytes
from catsclean.reports.html.page import environment
from catsclean.reports.html.thumbnails import thumbnail
from catsclean.reports.tally import Tally, incompleteness, leak_lines, severity_counts, tally

MAX_THUMBNAILS: Final = 24
MAX_BYTES: Final = 200_000
_MAX_ROWS: Final = 60
_MAX_CHARACTERS: Final = 160
_SIDE_PX: Final = 120
# room for the table and the captions: 60 rows and 24 captions of 160 characters each
_TEXT_BYTES: Final = 60_000


def render_notebook(audit: Audit) -> str:
    """Render an audit as HTML without script: under 200 kB, with up to 24 thumbnails."""
    tallies = tally(audit)
    return _template().render(
        name=names.encode(audit.root.name),
        facts=f"{count(audit.summary['files'], 'file')}, {human_bytes(audit.summary['bytes'])}",
        severities=severity_counts(audit) if tallies else "no findings",
        incomplete=incompleteness(audit),
        leaks=[names.text(line) for line in leak_lines(audit)],
        tallies=tallies[:_MAX_ROWS],
        more=len(tallies) - _MAX_ROWS,
        pictures=_pictures(audit, tallies),
    )


def _pictures(audit: Audit, tallies: list[Tally]) -> list[dict[str, Any]]:
    """Make thumbnails: the first picture of every validator, then the second ones, and so on."""
    table = audit.manifest.table
    known = set(table.loc[table["width_px"].fillna(0) > 0, "path"])
    pictures: list[dict[str, Any]] = []
    room = MAX_BYTES - _TEXT_BYTES
    shown: set[str] = set()
    for finding in _in_turn(tallies, known):
        if len(pictures) == MAX_THUMBNAILS:
            break
        path = finding.path or ""
        made = thumbnail(audit.root, path, _SIDE_PX) if path not in shown else None
        if made is None or len(made.uri) > room:
            continue
        room -= len(made.uri)
        shown.add(path)
        pictures.append(
            {"thumbnail": made, "path": _short(path), "validator": _short(finding.validator)}
        )
    return pictures


def _in_turn(tallies: list[Tally], known: set[str]) -> list[Finding]:
    turns = [
        (place, number, finding)
        for number, one in enumerate(tallies)
        for place, finding in enumerate(
            [f for f in one.findings if f.path in known][:MAX_THUMBNAILS]
        )
    ]
    return [finding for _, _, finding in sorted(turns, key=lambda turn: turn[:2])]


def _short(text: str) -> str:
    safe = names.text(text)
    return safe if len(safe) <= _MAX_CHARACTERS else safe[: _MAX_CHARACTERS - 1] + "…"


@cache
def _template() -> Template:
    return environment().get_template("notebook.html.jinja")
