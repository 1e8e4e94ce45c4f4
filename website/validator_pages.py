"""The pages of the validators, and their index by subject and by severity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from catsclean.core.model import Severity
from catsclean.reports.validator_page import address_of, escape_cell, render_page
from catsclean.validators.base import Validator
from catsclean.validators.installed import FAMILIES
from catsclean.validators.registry import all_validators

#: Where the index stands in docs/validators.md.
MARK: Final = "<!-- the index of the validators -->"
_FAMILY_TEXTS: Final = {
    "file": "Whether the file is a picture, and a whole one.",
    "metadata": "What travels with the pixels: Exif, colour, frames.",
    "pixels": "What the pixels show, judged by measures.",
    "content": "Whether the picture shows what its label says, and nothing added.",
    "duplicates": "The same picture twice, and where.",
    "labels": "Whether the classes can be learned.",
    "dataset": "How the folder is laid out, and whether it travels.",
}


def own_validators() -> dict[str, list[type[Validator]]]:
    """Return the validators of this package by family, in the order of the index."""
    own = [kind for kind in all_validators().values() if address_of(kind)]
    return {
        family: members
        for family in FAMILIES
        if (members := [kind for kind in own if kind.family == family])
    }


def render_pages() -> dict[str, str]:
    """Return the page of each validator, by its path below ``docs/``."""
    return {
        f"validators/{kind.name}.md": render_page(kind)
        for members in own_validators().values()
        for kind in members
    }


def render_index() -> str:
    """Return the index: the families, then the names by severity."""
    parts = []
    by_severity: dict[Severity, list[str]] = {severity: [] for severity in reversed(Severity)}
    for family, members in own_validators().items():
        parts.append(f"## {family.capitalize()}\n\n{_FAMILY_TEXTS[family]}\n\n{_table(members)}")
        for kind in members:
            by_severity[kind.severity].append(_link(kind))
    parts.append("## By severity\n")
    for severity, links in by_severity.items():
        parts.append(f"**{severity.value.capitalize()}**: {', '.join(links)}.\n")
    return "\n".join(parts)


def navigation() -> list[dict[str, list[dict[str, str]]]]:
    """Return the entries of the navigation."""
    return [
        {family.capitalize(): [{kind.name: f"validators/{kind.name}.md"} for kind in members]}
        for family, members in own_validators().items()
    ]


def _table(members: Iterable[type[Validator]]) -> str:
    lines = ["| validator | finds | severity | fix | default |", "|---|---|---|---|---|"]
    lines += [
        f"| {_link(kind)} | {escape_cell(kind.summary().removeprefix('Find '))} |"
        f" {kind.severity.value} | {kind.fix.value} | {'on' if kind.default else 'off'} |"
        for kind in members
    ]
    return "\n".join(lines) + "\n"


def _link(kind: type[Validator]) -> str:
    return f"[{kind.name}](validators/{kind.name}.md)"
