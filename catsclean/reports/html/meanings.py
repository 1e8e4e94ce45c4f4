"""The meaning of a validator's findings and advice about them: parts of its page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from catsclean.validators.registry import all_validators

_TO_DO: Final = re.compile(r"^## What to do\s*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CODE: Final = "`"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A short form of a validator's page; texts come in parts, and every second part is code.

    Attributes:
        summary: One sentence about the defect.
        to_do: Paragraphs of advice; empty if its page has no such section.
    """

    summary: tuple[str, ...]
    to_do: tuple[tuple[str, ...], ...]


def meanings_of(names: Iterable[str]) -> dict[str, Meaning]:
    """Return the meanings of the installed validators among some names, by name."""
    known = all_validators()
    return {name: _meaning(known[name].page()) for name in names if name in known}


def _meaning(page: str) -> Meaning:
    found = _TO_DO.search(page)
    paragraphs = re.split(r"\n\s*\n", found[1].strip()) if found else []
    return Meaning(_parts(page.partition("\n")[0]), tuple(_parts(one) for one in paragraphs))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(" ".join(text.split()).split(_CODE))
