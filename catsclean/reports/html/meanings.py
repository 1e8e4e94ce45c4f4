"""What a validator's findings mean and what to do about them: parts of the page that it has."""

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
    """What a validator's page says, in short; texts come in parts, every second one of them code.

    Attributes:
        summary: What it finds.
        to_do: Paragraphs on what to do; none where its page has no such section.
    """

    summary: tuple[str, ...]
    to_do: tuple[tuple[str, ...], ...]


def meanings_of(names: Iterable[str]) -> dict[str, Meaning]:
    """Return the meanings of those validators that are installed here, by name."""
    known = all_validators()
    return {name: _meaning(known[name].page()) for name in names if name in known}


def _meaning(page: str) -> Meaning:
    found = _TO_DO.search(page)
    paragraphs = re.split(r"\n\s*\n", found[1].strip()) if found else []
    return Meaning(_parts(page.partition("\n")[0]), tuple(_parts(one) for one in paragraphs))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(" ".join(text.split()).split(_CODE))
