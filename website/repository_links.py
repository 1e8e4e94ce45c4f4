"""Turn the links of a page, which work in the repository, into links that work on the site.

In the repository a validator's page is the docstring of its file, and a command's help that of its
file; on the site each has a page.  Other files outside ``docs/`` are linked in the repository.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
REPOSITORY: Final = "https://github.com/catsclean/catsclean"
#: Pages of the repository's root, by their name on the site.
ROOT_PAGES: Final = {
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "ARCHITECTURE.md": "architecture.md",
}
_VALIDATOR: Final = re.compile(r"catsclean/validators/([a-z]\w*)\.py")
_COMMAND: Final = re.compile(r"catsclean/cli/(\w+)_command\.py")
_NOT_PAGES: Final = {"base", "installed", "judge", "registry"}
_LINK: Final = re.compile(r"(\]\()([^)\s]+)(\))")
_FENCE: Final = re.compile(r"(?m)^\s*(```|~~~)")
_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def for_site(markdown: str, source: str) -> str:
    """Return the text of a page with its links as the site needs them, and without comments.

    Args:
        markdown: The text.
        source: Path of the page's file, relative to the repository's root.

    Raises:
        FileNotFoundError: A link leads to a file that does not exist.
    """
    page = page_of(source)

    def relink(match: re.Match[str]) -> str:
        return f"{match[1]}{_on_site(match[2], source, page)}{match[3]}"

    return _outside_fences(markdown, lambda text: _LINK.sub(relink, _COMMENT.sub("", text)))


def page_of(source: str) -> str:
    """Return the page of a file of the repository, relative to ``docs/``; empty if it has none."""
    if found := _COMMAND.fullmatch(source):
        return f"commands/{found[1].replace('_', '-')}.md"
    if (found := _VALIDATOR.fullmatch(source)) and found[1] not in _NOT_PAGES:
        return f"validators/{found[1].replace('_', '-')}.md"
    if source in ROOT_PAGES:
        return ROOT_PAGES[source]
    return source.removeprefix("docs/") if source.startswith("docs/") else ""


def _on_site(link: str, source: str, page: str) -> str:
    target, mark, anchor = link.partition("#")
    if not target or ":" in target:
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if goal := page_of(path):
        return posixpath.relpath(goal, posixpath.dirname(page) or ".") + mark + anchor
    place = ROOT / path
    if not place.exists():
        raise FileNotFoundError(f"{source} links to {link}, which does not exist.")
    return f"{REPOSITORY}/{'tree' if place.is_dir() else 'blob'}/main/{path}{mark}{anchor}"


def _outside_fences(markdown: str, change: Callable[[str], str]) -> str:
    """Change the text between the fenced blocks."""
    parts: list[str] = []
    begin, inside = 0, False
    for fence in _FENCE.finditer(markdown):
        text = markdown[begin : fence.start()]
        parts.append(text if inside else change(text))
        begin, inside = fence.start(), not inside
    rest = markdown[begin:]
    return "".join([*parts, rest if inside else change(rest)])
