"""The site's llms.txt: its title, a summary, and links to all pages by section."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_INTRODUCTION: Final = """\
# catsclean

> {summary}

catsclean is a Python library and a command line. An audit reads a folder of pictures and changes
nothing; clean moves files into a quarantine and can be undone; split keeps copies of a picture
together.
"""
_NOT_PROSE: Final = re.compile(r"[#|><!$]|```|:::|\[!|[-*+] |\d+\. ")
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def heading_of(markdown: str) -> str:
    """Return the first heading of a page."""
    return markdown.partition("# ")[2].partition("\n")[0]


def summary_of(markdown: str) -> str:
    """Return the first sentence of the first paragraph of a page, without markup."""
    for block in re.split(r"\n\s*\n", markdown):
        text = " ".join(block.split())
        if text and not _NOT_PROSE.match(text):
            plain = re.sub(r"[*`]", "", _LINK.sub(r"\1", text))
            return re.split(r"(?<=[.!?]) ", plain)[0].rstrip(":")
    return ""


def render(summary: str, sections: Mapping[str, Iterable[tuple[str, str, str]]]) -> str:
    """Return the file.

    Args:
        summary: One sentence on the project.
        sections: The links of each section: title, address, and a sentence, which may be empty.
    """
    parts = [_INTRODUCTION.format(summary=summary)]
    for title, links in sections.items():
        lines = [
            f"- [{name}]({address}){f': {text}' if text else ''}" for name, address, text in links
        ]
        parts.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)
