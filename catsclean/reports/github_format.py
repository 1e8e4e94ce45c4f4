"""Annotations for GitHub Actions, and the table for its step summary.

GitHub shows ten annotations of each level for a step, so there is one per validator, at the file
of its first finding.  Paths start at the top of the repository.  Text from
file names cannot end an annotation or start another command: it is escaped as in GitHub's toolkit.
Findings that a person decided to keep are not annotated.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Severity
from catsclean.core.text import count
from catsclean.reports import markdown_format
from catsclean.reports.repository_paths import RepositoryPaths
from catsclean.reports.tally import Tally, incompleteness, tally

_LEVELS: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}
_SHOWN_PER_LEVEL = 10
_EXAMPLES = 3
_SUMMARY_BYTES = 1_000_000  # GitHub drops a summary of more than 1 MiB


def render(audit: Audit) -> str:
    """Render one annotation for each validator that found something, worst first."""
    lines: list[str] = []
    paths = RepositoryPaths(audit)
    if why := incompleteness(audit):
        lines.append(
            _annotation("error", "audit incomplete", f"{why}: do not trust a clean result")
        )
    for severity in reversed(Severity):
        level = _LEVELS[severity]
        own = [one for one in tally(audit) if one.severity is severity and one.undecided]
        room = _SHOWN_PER_LEVEL - (bool(lines) and severity is Severity.ERROR)
        shown = own if len(own) <= room else own[: room - 1]
        lines += [
            _annotation(level, one.validator, _text(one, paths), _file(one, paths)) for one in shown
        ]
        if rest := own[len(shown) :]:
            listed = ", ".join(f"{one.validator} ({len(one.undecided):,})" for one in rest)
            lines.append(_annotation(level, f"{len(rest)} more validators", listed))
    return "".join(f"{line}\n" for line in lines)


def step_summary(audit: Audit) -> str:
    """Render the Markdown that belongs into ``$GITHUB_STEP_SUMMARY``, at most 1 MB of it."""
    text = markdown_format.render(audit)
    if len(text.encode()) > _SUMMARY_BYTES:
        text = markdown_format.render(audit, examples=0)
    return text


def write_step_summary(audit: Audit) -> None:
    """Append the table to the file that ``$GITHUB_STEP_SUMMARY`` names, if it is set.

    Raises:
        OSError: The file cannot be written.
    """
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if target:
        with Path(target).open("a", encoding="utf-8") as stream:
            stream.write(step_summary(audit))


def _file(one: Tally, paths: RepositoryPaths) -> str:
    """Return the file that the first finding is about; empty if that is the whole set."""
    path = one.undecided[0].path
    return "" if path is None else paths.shown(path)


def _text(one: Tally, paths: RepositoryPaths) -> str:
    examples = "; ".join(
        f"{paths.shown(finding.path) if finding.path else 'the data set'}: {finding.message}"
        for finding in one.undecided[:_EXAMPLES]
    )
    number = len(one.undecided)
    more = f"; and {number - _EXAMPLES:,} more" if number > _EXAMPLES else ""
    return f"{count(number, 'finding')}. {examples}{more}"


def _annotation(level: str, title: str, message: str, file: str = "") -> str:
    place = f",file={_property(file)}" if file else ""
    return f"::{level} title={_property(f'catsclean: {title}')}{place}::{_data(message)}"


def _data(text: str) -> str:
    safe = names.text(text).replace("%", "%25")
    return safe.replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
