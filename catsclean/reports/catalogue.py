"""The catalogue: every validator's page, made from its docstring, as Markdown.

``docs/catalogue.md`` is written by ``python -m catsclean.reports.catalogue > docs/catalogue.md``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Final

from catsclean.validators.base import Validator, spell_bounds
from catsclean.validators.installed import FAMILIES
from catsclean.validators.registry import all_validators

_PACKAGE: Final = "catsclean.validators."
_FAMILY_TEXTS: Final = {
    "file": "Whether the file is a picture, and a whole one.",
    "metadata": "What travels with the pixels: Exif, colour, frames.",
    "pixels": "What the pixels show, judged by measures.",
    "content": "Whether the picture shows what its label says, and nothing added.",
    "duplicates": "The same picture twice, and where.",
    "labels": "Whether the classes can be learned.",
    "dataset": "How the folder is laid out, and whether it travels.",
}
_FIX_TEXTS: Final = {
    "safe": "safe: `catsclean clean --apply` sets the file aside",
    "review": "review: `clean` moves it only if you decide so",
    "none": "none: moving the file does not help",
}
_HEADING: Final = re.compile(r"^## ", re.MULTILINE)
_INTRODUCTION: Final = """\
# The catalogue

Every validator, by family.  `catsclean explain NAME` shows the same pages in the terminal.

- **Severity**: an *error* breaks training or makes its score wrong, a *warning* probably hurts, a
  *note* is worth knowing.
- **Fix**: *safe* findings are what `catsclean clean --apply` sets aside; *review* findings move
  only by your decision; *none* means that moving the file does not help.
- **Off** validators run when they are selected by name: `--select +NAME` adds one, `--select all`
  takes all. A family, `--select pixels`, selects its members that are on.
- An option is set in `[tool.catsclean.validators.NAME]` of `pyproject.toml`. Each has one that is
  not listed: `severity`, `"error"`, `"warning"` or `"note"` for all its findings.

This page is made from the docstrings of the validators:
`python -m catsclean.reports.catalogue > docs/catalogue.md`.
"""


def render_catalogue() -> str:
    """Return the catalogue of the validators in this package."""
    own = [kind for kind in all_validators().values() if kind.__module__.startswith(_PACKAGE)]
    parts = [_INTRODUCTION]
    for family in FAMILIES:
        members = [kind for kind in own if kind.family == family]
        if members:
            parts.append(
                f"## {family.capitalize()}\n\n{_FAMILY_TEXTS[family]}\n\n{_overview(members)}"
            )
            parts += [render_page(kind, level=3) for kind in members]
    return "\n".join(parts)


def render_page(kind: type[Validator], level: int = 1) -> str:
    """Return the page of one validator, with its heading at `level`."""
    first, _, rest = kind.page().partition("\n")
    facts = [
        f"- Family: {kind.family}",
        f"- Severity: {kind.severity.value}",
        f"- Fix: {_FIX_TEXTS[kind.fix.value]}",
        f"- Default: {'on' if kind.default else f'off, `--select +{kind.name}` turns it on'}",
    ]
    if kind.collective:
        facts.append("- If more than half of all pictures have it: one note for the whole set")
    body = _HEADING.sub("#" * (level + 1) + " ", rest.strip("\n"))
    sections = [f"{'#' * level} {kind.name}", first, "\n".join(facts), body]
    options = _options(kind)
    if options:
        sections.append(f"{'#' * (level + 1)} Options\n\n{options}")
    return "\n\n".join(section for section in sections if section) + "\n"


def _overview(members: Iterable[type[Validator]]) -> str:
    lines = ["| validator | severity | fix | default | |", "|---|---|---|---|---|"]
    lines += [
        f"| [{kind.name}](#{kind.name}) | {kind.severity.value} | {kind.fix.value} |"
        f" {'on' if kind.default else 'off'} | {_cell(kind.summary())} |"
        for kind in members
    ]
    return "\n".join(lines) + "\n"


def _options(kind: type[Validator]) -> str:
    defaults = kind.option_defaults()
    if not defaults:
        return ""
    lines = ["| option | type | default |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {_kind(kind, name, value)} | `{_cell(_toml(value))}` |"
        for name, value in defaults.items()
    ]
    return "\n".join(lines)


def _kind(kind: type[Validator], name: str, value: object) -> str:
    bounds = kind.bounds.get(name)
    return f"{type(value).__name__}{f', {spell_bounds(bounds)}' if bounds else ''}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    sys.stdout.write(render_catalogue())
