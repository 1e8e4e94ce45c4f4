"""The audit as Markdown, for pull requests, wikis and step summaries.

File names are written as ``<code>``, and every character with a meaning in Markdown or HTML is
written as its number, so that no name can act as markup.
"""

from __future__ import annotations

from typing import Final

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Fix, Severity
from catsclean.core.text import count
from catsclean.reports.tally import (
    Tally,
    found,
    incompleteness,
    leak_lines,
    overlap_line,
    severity_counts,
    tally,
)

EXAMPLES: Final = 10
_MARKS: Final = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "💡"}
_SPECIAL: Final = frozenset("\\`*_{}[]<>()#+-.!|&~^=$@:/\"'%")


def render(audit: Audit, examples: int = EXAMPLES) -> str:
    """Render the summary, counts by validator and the first findings of each.

    Args:
        audit: What to show.
        examples: Number of findings to list for each validator; 0 for no lists.
    """
    tallies = tally(audit)
    lines = [f"## catsclean: {code(names.encode(audit.root.name))}", "", _verdict(audit), ""]
    lines += [f"❌ **{line}**\n" for line in leak_lines(audit, escape)]
    if tallies:
        kept = any(one.decided for one in tallies)
        lines.append(f"| Validator | Severity | Findings |{' Kept |' * kept} Fix |")
        lines.append(f"|---|---|--:|{'--:|' * kept}---|")
        lines += [_row(one, kept=kept) for one in tallies]
        lines.append("")
    if overlaps := overlap_line(audit, code):
        lines += [overlaps, ""]
    for one in tallies if examples else ():
        lines += _examples(one, examples)
    return "\n".join(lines).rstrip("\n") + "\n"


def code(text: str) -> str:
    """Return Markdown that shows a text as it is, in a fixed-width font."""
    return f"<code>{escape(text)}</code>"


def escape(text: str) -> str:
    """Write every character with a meaning in Markdown or HTML as its number."""
    return "".join(f"&#{ord(c)};" if c in _SPECIAL else c for c in names.text(text))


def _verdict(audit: Audit) -> str:
    facts = f"{count(audit.summary['files'], 'file')} checked, nothing was changed."
    if why := incompleteness(audit):
        facts += f" **The audit is incomplete: {why}. Do not trust a clean result.**"
    if not audit.findings:
        return f"**{found(audit)}** {facts}"
    return f"**{count(len(audit.findings), 'finding')}: {severity_counts(audit)}.** {facts}"


def _row(one: Tally, *, kept: bool) -> str:
    fix = "–" if one.fix is Fix.NONE else one.fix.value
    severity = f"{_MARKS[one.severity]} {one.severity.value}"
    number = f"{one.count:,} |" + f" {one.decided:,} |" * kept
    return f"| {code(one.validator)} | {severity} | {number} {fix} |"


def _examples(one: Tally, examples: int) -> list[str]:
    shown = one.findings[:examples]
    heading = f"{one.validator}: {len(shown):,} of {one.count:,} shown"
    lines = [f"<details><summary>{escape(heading)}</summary>", ""]
    for finding in shown:
        where = code(finding.path) if finding.path is not None else "the data set"
        lines.append(f"- {where}: {escape(finding.message)}")
    return [*lines, "", "</details>", ""]
