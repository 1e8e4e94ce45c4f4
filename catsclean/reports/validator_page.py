"""The page of a validator, made from its docstring and attributes, as Markdown."""

from __future__ import annotations

import re
from typing import Final

from catsclean.cleaning.repairs.repair import all_repairs
from catsclean.core.site_address import page_of
from catsclean.validators.base import Validator, spell_bounds

_PACKAGE: Final = "catsclean.validators."
_FIX_TEXTS: Final = {
    "safe": "safe: `catsclean clean --apply` sets the file aside",
    "review": "review: `clean` moves it only if you decide so",
    "none": "none: `clean` does not move it for this, because that would not help",
}
_HEADING: Final = re.compile(r"^## ", re.MULTILINE)


def render_page(kind: type[Validator], level: int = 1) -> str:
    """Return the page of one validator, with its heading at `level`."""
    first, _, rest = kind.page().partition("\n")
    facts = [
        f"- Family: {kind.family}",
        f"- Severity: {kind.severity.value}",
        f"- Fix: {_FIX_TEXTS[kind.fix.value]}",
        f"- Repair: {_repair(kind)}",
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


def _repair(kind: type[Validator]) -> str:
    found = all_repairs().get(kind.repair)
    if found is None:
        return "none"
    programs = ", ".join(f"`--for {name}`" for name in kind.repair_for)
    only_for = f" ({programs})" if programs else ""
    return f"`catsclean fix`, `{found.name}`: {found.summary}{only_for}"


def address_of(kind: type[Validator]) -> str:
    """Return the address of a validator's page on the web; empty if it is not catsclean's own."""
    return page_of(kind.name) if kind.__module__.startswith(_PACKAGE) else ""


def escape_cell(text: str) -> str:
    """Return text for a cell of a Markdown table."""
    return text.replace("|", r"\|")


def _options(kind: type[Validator]) -> str:
    defaults = kind.option_defaults()
    if not defaults:
        return ""
    lines = ["| option | type | default |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {_kind(kind, name, value)} | `{escape_cell(_toml(value))}` |"
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
